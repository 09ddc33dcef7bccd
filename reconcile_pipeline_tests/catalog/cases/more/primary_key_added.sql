-- expect: constraint app.log.log_pkey created
ALTER TABLE app.log ADD PRIMARY KEY (id);
