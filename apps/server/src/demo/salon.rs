//! The chapter of the salon: it sets itself up, and is approved.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Failure, Shop, Story, text};
use crate::world::SystemIds;

impl Story {
    /// The vendor's part: a salon that takes bookings.
    pub(super) async fn set_up(&mut self, admin: &str) -> Result<Shop, Failure> {
        self.title("A salon owner logs in by a code on the phone");
        let owner = self.log_in("9").await?;
        let who = Some(owner.as_str());

        self.title("The owner opens a salon, sells haircuts and colours, takes on a stylist");
        let name = format!("Demo Salon {}", ports::Ids::next(&SystemIds).simple());
        let salon = json!({ "name": name, "city": "Indore", "address": "MG Road",
            "notice_minutes": 0 });
        let salon = self.call(Method::POST, "/vendor/salons", who, &salon, 201).await?;
        let salon = text(&salon, "/id")?;
        let service = json!({ "name": "Haircut", "category": "hair", "duration_minutes": 45,
            "buffer_after_minutes": 5, "price": { "amount": 49_900, "currency": "INR" } });
        let path = format!("/vendor/salons/{salon}/services");
        let haircut = text(&self.call(Method::POST, &path, who, &service, 201).await?, "/id")?;
        let service = json!({ "name": "Colour", "category": "hair", "duration_minutes": 120,
            "parts": [{ "minutes": 30, "hands_on": true }, { "minutes": 60, "hands_on": false },
                { "minutes": 30, "hands_on": true }],
            "price": { "amount": 249_900, "currency": "INR" } });
        let colour = text(&self.call(Method::POST, &path, who, &service, 201).await?, "/id")?;
        self.take_on(&owner, &salon, "Stylist 1", &json!([haircut, colour])).await?;
        let day = json!([{ "opens": "00:00", "closes": "24:00" }]);
        let week = json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day,
            "sat": day, "sun": day });
        let path = format!("/vendor/salons/{salon}/hours");
        self.call(Method::PUT, &path, who, &json!({ "weekly": week }), 200).await?;
        self.be_approved(&owner, &salon, admin).await?;
        Ok(Shop { owner, salon, haircut, colour })
    }

    /// The owner hands in papers; whoever runs the platform looks at them and approves.
    async fn be_approved(&mut self, owner: &str, salon: &str, admin: &str) -> Result<(), Failure> {
        self.title("Nobody sees the salon yet: the owner hands in the papers");
        let page = format!("/salons/{salon}");
        self.call(Method::GET, &page, None, &Value::Null, 404).await?;
        let vendor = self.hand_in(owner).await?;
        self.title("The platform looks at each paper and approves the vendor");
        self.approve(&vendor, owner, admin).await?;
        self.call(Method::GET, &page, None, &Value::Null, 200).await?;
        Ok(())
    }

    pub(super) async fn hand_in(&self, owner: &str) -> Result<Value, Failure> {
        let papers = json!({ "legal_name": "Demo Salon Private Limited", "documents": [
            { "kind": "pan", "reference": "demo/pan" },
            { "kind": "business_registration", "reference": "demo/registration" }] });
        self.call(Method::POST, "/vendor/verification", Some(owner), &papers, 200).await
    }

    pub(super) async fn approve(
        &self,
        vendor: &Value,
        owner: &str,
        admin: &str,
    ) -> Result<(), Failure> {
        let vendor_id = text(vendor, "/id")?;
        let at = |what: &str| format!("/admin/vendors/{vendor_id}{what}");
        self.call(Method::POST, &at("/approve"), Some(owner), &Value::Null, 403).await?;
        let admin = Some(admin);
        let mut seen = self.call(Method::GET, &at(""), admin, &Value::Null, 200).await?;
        for document in ["/documents/0/id", "/documents/1/id"] {
            let path = at(&format!("/documents/{}/review", text(vendor, document)?));
            let accepted = json!({ "accepted": true });
            let version = seen["version"].as_i64();
            seen = self.call_on(version, Method::POST, &path, admin, &accepted, 200).await?;
        }
        let version = seen["version"].as_i64();
        self.call_on(version, Method::POST, &at("/approve"), admin, &Value::Null, 200).await?;
        Ok(())
    }

    pub(super) async fn take_on(
        &self,
        owner: &str,
        salon: &str,
        name: &str,
        services: &Value,
    ) -> Result<(), Failure> {
        let staff = json!({ "name": name });
        let path = format!("/vendor/salons/{salon}/staff");
        let staff = self.call(Method::POST, &path, Some(owner), &staff, 201).await?;
        let path = format!("/vendor/staff/{}/services", text(&staff, "/id")?);
        let skills = json!({ "service_ids": services });
        self.call(Method::PUT, &path, Some(owner), &skills, 200).await?;
        Ok(())
    }
}
