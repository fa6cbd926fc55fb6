-- Lists of salons are asked city by city.
create index salons_by_city on salons (lower(city), lower(name), id);

-- Which services fit what is looked for: null asks for nothing. One select, so that the planner
-- sees through it.
create function services_that_fit(salon_ uuid, category_ text, mode_ text, gender_ text,
    max_price_paise bigint)
returns setof services language sql stable parallel safe as $$
    select * from services
    where salon = salon_ and (category_ is null or category = category_)
      and (mode_ is null or mode = mode_)
      and (gender_ is null or for_gender in ('any', gender_))
      and (max_price_paise is null or price_paise <= max_price_paise)
$$;

-- Who does a service, and how, without a visit of the table.
drop index skills_by_service;
create index skills_by_service on skills (service, staff) include (parts, price_paise);
