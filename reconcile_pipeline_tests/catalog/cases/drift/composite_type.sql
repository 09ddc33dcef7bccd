-- expect: composite_type app.address altered: attributes
ALTER TYPE app.address ADD ATTRIBUTE zip text;
