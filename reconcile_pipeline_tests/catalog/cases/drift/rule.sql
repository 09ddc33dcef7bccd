-- expect: rule app.log.log_is_forever altered: definition
CREATE OR REPLACE RULE log_is_forever AS ON DELETE TO app.log DO ALSO NOTHING;
