//! What the page on security names as evidence is there.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file below a directory.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for dir in ["crates", "apps"] {
        sources(&root.join(dir), &mut files);
    }
    let code: String =
        files.iter().map(|path| fs::read_to_string(path).expect("a source")).collect();
    let page = fs::read_to_string(root.join("docs/security.md")).expect("the page");
    let table = page.split("## ASVS").nth(1).expect("the table");
    // A test's name is a sentence: it has words.
    let is_sentence = |name: &&str| name.matches('_').count() >= 3 && !name.contains(' ');
    let named: Vec<&str> = table.split('`').skip(1).step_by(2).filter(is_sentence).collect();
    assert!(named.len() > 40, "{named:?}");
    let missing: Vec<_> =
        named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
