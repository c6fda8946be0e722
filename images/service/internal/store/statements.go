package store

// Which server answers is part of every statement: behind a pooler the next statement may meet another one.
const server = `server as (
  select pg_is_in_recovery() as standby,
         coalesce(host(inet_server_addr()), '') as address,
         coalesce(current_setting('nusantara.city', true), '') as city
)`

const columns = `s.standby, s.address, s.city,
  coalesce(r.id::text, ''), coalesce(r.subject, ''), coalesce(r.body::text, ''), coalesce(r.city, ''),
  coalesce(r.created, 'epoch')`

const (
	addStatement = `with ` + server + `, r as (
  insert into reference.records (service, subject, body, request_sha256, city, idempotency_key)
  values ($1, $2, $3::jsonb, $4, $5, nullif($6, ''))
  on conflict (service, idempotency_key) do nothing
  returning id, subject, body, city, created
) select ` + columns + ` from server s left join r on true`

	byKeyStatement = `with ` + server + ` select ` + columns + `, coalesce(r.request_sha256, '')
from server s left join reference.records r on r.service = $1 and r.idempotency_key = $2`

	getStatement = `with ` + server + ` select ` + columns + `
from server s left join reference.records r on r.service = $1 and r.id = $2::uuid`

	latestStatement = `with ` + server + ` select ` + columns + `
from server s left join lateral (
  select * from reference.records where service = $1 and subject = $2 order by created desc limit 1
) r on true`

	listStatement = `with ` + server + ` select ` + columns + `
from server s left join lateral (
  select * from reference.records where service = $1 order by created desc limit $2
) r on true
order by r.created desc`

	countStatement = `with ` + server + ` select s.standby, s.address, s.city, coalesce(r.service, ''), coalesce(r.records, 0)
from server s left join (
  select service, count(*) as records from reference.records group by service
) r on true`

	probeStatement = `select pg_is_in_recovery()`
)
