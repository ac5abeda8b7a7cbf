use crate::clients::names::{Names, camel, is_name, joined, pascal};

#[test]
fn names_are_written_as_the_languages_write_them() {
    assert_eq!(joined("getHTTPPetBy_id", "_", "call"), "get_http_pet_by_id");
    assert_eq!(joined("post-changeStatus", "_", "call"), "post_change_status");
    assert_eq!(joined("Pets & Owners", "-", "api"), "pets-owners");
    assert_eq!(joined("2fa", "_", "call"), "n2fa");
    assert_eq!(joined("日本", "_", "call"), "call");
    assert_eq!(pascal("file--mini", "Schema"), "FileMini");
    assert_eq!(camel("post-changeStatus", "call"), "postChangeStatus");
    assert_eq!(camel("get_pet", "call"), "get_pet");
    assert!(is_name("_a1") && !is_name("1a") && !is_name("a-b") && !is_name("ü") && !is_name(""));
}

#[test]
fn no_name_is_used_twice() {
    let mut names = Names::reserving(&["then"]);
    let taken = ["then", "a", "a", "a2", "a", "then"].map(|name| names.take(name.to_owned()));
    assert_eq!(taken, ["then2", "a", "a2", "a22", "a3", "then3"]);
}
