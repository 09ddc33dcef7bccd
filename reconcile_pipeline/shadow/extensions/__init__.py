"""Stand-ins for extensions that the embedded server lacks: data, read by `shadow.stand_ins`.

Each has the name, schema, functions, types and tables that migrations call, in plain SQL. Bodies
answer with something of the right type; nothing here reaches a network, a clock or a disk.

What runs while an extension is created runs as superuser, in a schema where a hostile file may have
put functions and operators of its own. So scripts hold definitions only; where one must compute, it
sets `search_path` to `pg_catalog, pg_temp` first.
"""
