-- expect: text_search app.search:configuration altered: definition
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR word WITH app.words;
