-- A small CRM, as `small_crm.py` maps it: the tables of a product on PostgreSQL in which customers
-- share every table, so that keys begin with the customer's workspace.

CREATE TABLE workspaces (
    id text PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE people (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL
);
CREATE TABLE licences (
    id bigint PRIMARY KEY,
    workspace_id text NOT NULL REFERENCES workspaces (id)
);
CREATE INDEX licences_workspace ON licences (workspace_id);

-- Who held which licence from when on. Handed on, a licence gets another row here.
CREATE TABLE assignments (
    workspace_id text NOT NULL REFERENCES workspaces (id),
    number bigint NOT NULL,
    licence_id bigint NOT NULL REFERENCES licences (id),
    person_id bigint NOT NULL REFERENCES people (id),
    since timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX assignments_holder ON assignments (licence_id, person_id);

CREATE TABLE profiles (
    licence_id bigint NOT NULL REFERENCES licences (id),
    person_id bigint NOT NULL REFERENCES people (id),
    signature text,
    phone text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (licence_id, person_id)
);

CREATE TABLE leads (
    workspace_id text NOT NULL REFERENCES workspaces (id),
    number bigint NOT NULL,
    licence_id bigint NOT NULL REFERENCES licences (id),
    person_id bigint NOT NULL REFERENCES people (id),
    full_name text NOT NULL,
    email text,
    is_customer boolean NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX leads_holder ON leads (licence_id, person_id, workspace_id, number);

-- A deal says under which assignment it was opened: neither licence nor person.
CREATE TABLE deals (
    workspace_id text NOT NULL,
    number bigint NOT NULL,
    assignment bigint NOT NULL,
    lead bigint,
    title text NOT NULL,
    worth numeric(12,2),
    closes_on date,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, number),
    FOREIGN KEY (workspace_id, assignment) REFERENCES assignments (workspace_id, number),
    FOREIGN KEY (workspace_id, lead) REFERENCES leads (workspace_id, number)
);
CREATE INDEX deals_assignment ON deals (workspace_id, assignment);
CREATE INDEX deals_lead ON deals (workspace_id, lead);

CREATE TABLE deal_notes (
    workspace_id text NOT NULL,
    deal bigint NOT NULL,
    position bigint NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, deal, position),
    FOREIGN KEY (workspace_id, deal) REFERENCES deals (workspace_id, number)
);

-- What holders bought for their seats: drafts, invoices and credit notes.
CREATE TABLE invoices (
    workspace_id text NOT NULL REFERENCES workspaces (id),
    number bigint NOT NULL,
    licence_id bigint NOT NULL REFERENCES licences (id),
    person_id bigint NOT NULL REFERENCES people (id),
    kind text NOT NULL,
    total numeric(12,2) NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE INDEX invoices_holder ON invoices (licence_id, person_id, workspace_id, number);

CREATE TABLE invoice_lines (
    workspace_id text NOT NULL,
    invoice bigint NOT NULL,
    position bigint NOT NULL,
    bought text NOT NULL,
    price numeric(12,2) NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, invoice, position),
    FOREIGN KEY (workspace_id, invoice) REFERENCES invoices (workspace_id, number)
);
