-- One table for every service: what it keeps is a JSON object about a subject.
create table reference.records (
  -- Random, not a sequence: after a failover that lost writes, a sequence can give an acknowledged number again.
  id uuid primary key default gen_random_uuid(),
  service text not null,
  subject text not null,
  body jsonb not null,
  -- Tells apart requests that come with the same idempotency key.
  request_sha256 bytea not null,
  -- City of the service that wrote.
  city text not null,
  idempotency_key text,
  created timestamptz not null default now(),
  unique (service, idempotency_key)
);

create index records_by_age on reference.records (service, created desc);
create index records_by_subject on reference.records (service, subject, created desc);

-- The one article that is in stock from the start.
insert into reference.records (service, subject, body, request_sha256, city, idempotency_key)
values (
  'inventory', 'demo', '{"article": "demo", "quantity": 1000000}',
  sha256('migration'), 'none', 'migration-0001-demo'
);
