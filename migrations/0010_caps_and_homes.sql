-- How many visits a day a professional has at the most, and when hands are first on a service:
-- after what waits at its beginning. Its date is the one on which it counts.
alter table staff add column daily_cap smallint check (daily_cap between 1 and 100);
create function hands_on_from(line jsonb) returns timestamptz
language sql stable strict parallel safe as $$
    select (line ->> 'start')::timestamptz
           + case when (line #>> '{timing,parts,0,hands_on}')::boolean then interval '0'
                  else (line #>> '{timing,parts,0,minutes}')::integer * interval '1 minute' end
$$;
