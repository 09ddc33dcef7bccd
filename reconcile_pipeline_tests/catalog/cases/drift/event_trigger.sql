-- expect: event_trigger ddl_watch altered: enabled
ALTER EVENT TRIGGER ddl_watch DISABLE;
