-- expect: user_mapping elsewhere.app_reader altered: options
ALTER USER MAPPING FOR app_reader SERVER elsewhere OPTIONS (SET password 'still not shown');
