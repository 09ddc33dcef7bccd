"""A project with a secret or an address in every place that has room for one."""

from __future__ import annotations

from urllib.parse import quote

PASSWORD = "Pl4nted/pa55 w0rd@x"
PERSON = "Planted Person"
#: Where each address was planted.
ADDRESSES = {
    place: f"planted.{place.replace(' ', '.')}@secret.example"
    for place in (
        "user one", "user two", "comment in sql", "comment on table", "function body", "default",
        "row of a file", "row of production", "cast error", "key error", "policy by hand",
        "function by hand", "check constraint", "view", "enum label", "raised message",
        "schema of a file", "trigger argument", "comment by hand",
    )
}  # fmt: skip
#: Secrets that SQL can carry.
SECRETS = {
    "password of the connection": PASSWORD,
    "the same in a URL": quote(PASSWORD, safe=""),
    "name of a user": PERSON,
    "password in a function": "planted-function-pa55",
    "password of a role": "planted-role-pa55",
    "token in a default": "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoicGxhbnRlZCJ9.c2lnbmF0dXJlLXBsYW50ZWQ",
    "token of an alert's receiver": "token-planted-77",
    "hash of a password": "$2a$10$" + "plantedplantedplantedplantedplantedplantedplantedplan",
}

FILES = {
    "001_base.sql": """
CREATE TABLE public.notes (id int PRIMARY KEY, owner text DEFAULT '{default}', body text);
CREATE TABLE public.settings (key text PRIMARY KEY, value text);
""",
    "002_people.sql": """
-- Ask {comment in sql} before you change this.
COMMENT ON TABLE public.notes IS 'kept by {comment on table}';
CREATE FUNCTION public.mail() RETURNS text LANGUAGE plpgsql AS $$
DECLARE password text := 'planted-function-pa55';
BEGIN RETURN '{function body}'; END $$;
ALTER TABLE public.notes ADD CONSTRAINT body_ok CHECK (body <> '{check constraint}');
CREATE VIEW public.mine AS SELECT id FROM public.notes WHERE owner = '{view}';
CREATE TYPE public.contact AS ENUM ('{enum label}', 'nobody');
INSERT INTO public.settings VALUES ('contact', '{row of a file}');
ALTER TABLE public.settings ADD COLUMN token text DEFAULT
'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoicGxhbnRlZCJ9.c2lnbmF0dXJlLXBsYW50ZWQ';
""",
    "003_never.sql": """
TRUNCATE public.notes CASCADE;
INSERT INTO public.notes (id, owner) SELECT '{cast error}'::int, 'x';
INSERT INTO public.settings VALUES ('contact', '{key error}');
DO $$ BEGIN RAISE EXCEPTION 'write to {raised message}'; END $$;
CREATE ROLE planted_role LOGIN PASSWORD 'planted-role-pa55';
CREATE SCHEMA "{schema of a file}";
""",
    "004_half.sql": """
ALTER TABLE public.notes ADD COLUMN done boolean;
CREATE INDEX notes_done ON public.notes (done) WHERE owner <> '{default}';
""",
    "005_profiles.sql": """
CREATE TABLE IF NOT EXISTS public.user_profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer'
);
ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
""",
}
BY_HAND = """
CREATE POLICY by_hand ON public.notes USING (owner = '{policy by hand}');
CREATE FUNCTION public.by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.owner := '{function by hand}'; RETURN NEW; END $$;
CREATE TRIGGER by_hand BEFORE INSERT ON public.notes
  FOR EACH ROW EXECUTE FUNCTION public.by_hand('{trigger argument}');
COMMENT ON COLUMN public.notes.body IS 'see {comment by hand}';
INSERT INTO public.notes (id, owner, body) VALUES (1, '{row of production}', 'Planted Person');
"""
USERS = """
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, raw_user_meta_data)
VALUES (gen_random_uuid(), gen_random_uuid(), 'authenticated', 'authenticated', '{user one}',
  '$2a$10$plantedplantedplantedplantedplantedplantedplantedplan',
  '{{"full_name": "Planted Person"}}'),
 (gen_random_uuid(), gen_random_uuid(), 'authenticated', 'authenticated', '{user two}', '', '{{}}');
"""
CONFIG = """
metrics = "node/reconcile.prom"

[evidence]
folder = "evidence"
signing_key = "team.key"

[alerts]
urls_env = "PLANTED_ALERTS"

[targets.story]
dsn_env = "PLANTED_URL"
run_pending = ["005"]

[targets.story.user_profiles]
admins = ["{user one}"]

[targets.down]
dsn_env = "PLANTED_DOWN"
"""


def filled(text: str) -> str:
    """The text with its addresses."""
    return text.format(**ADDRESSES)
