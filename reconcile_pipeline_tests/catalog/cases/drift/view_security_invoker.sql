-- expect: view app.open_project altered: options
ALTER VIEW app.open_project SET (security_invoker = true);
