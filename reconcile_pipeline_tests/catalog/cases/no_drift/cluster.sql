CLUSTER app.project USING project_client_idx;
