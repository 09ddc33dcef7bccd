-- expect: operator app.===(app.address,app.address) altered: restrict
ALTER OPERATOR app.=== (app.address, app.address) SET (RESTRICT = eqsel);
