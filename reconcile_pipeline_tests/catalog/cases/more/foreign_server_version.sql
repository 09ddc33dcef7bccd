-- expect: foreign_server elsewhere altered: options
ALTER SERVER elsewhere OPTIONS (SET host 'db2.example.com');
