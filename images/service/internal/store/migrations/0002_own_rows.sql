-- A service reads and adds its own rows only, whatever it is told to do: it has the role of its name. The owner of the table, who
-- migrates, is bound by none of this.
alter table reference.records enable row level security;

-- Roles that the user is a member of, asked for once a statement.
create function reference.own_roles() returns text[] language sql stable
  return array(select rolname::text from pg_catalog.pg_roles where pg_catalog.pg_has_role(oid, 'usage'));
grant execute on function reference.own_roles() to public;

create policy read_own_rows on reference.records for select
  using (service = any ((select reference.own_roles())::text[]));
create policy add_own_rows on reference.records for insert
  with check (service = any ((select reference.own_roles())::text[]));

-- Reports count the rows of all services, and the restore drill counts them in what it restored.
create policy read_all_rows on reference.records for select
  using ((select reference.own_roles()) && array['report', 'pg_read_all_data']);
