//! Folding of words for comparison: without case and, mostly, without accents.

/// Lower case, with Latin letters in their base form.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match plain(character) {
            Some(plain) => folded.push_str(plain),
            // Combining accents.
            None if ('\u{300}'..='\u{36f}').contains(&character) => {}
            None => folded.push(character),
        }
    }
    folded
}

const fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

/// Words of a text, folded: of `listAllKeys` the whole, and `list`, `all` and `keys`.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in
        text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        words.push(fold(word));
        let mut humps = humps(word);
        if humps.len() > 1 {
            words.append(&mut humps);
        }
    }
    words
}

fn humps(word: &str) -> Vec<String> {
    let mut humps: Vec<String> = Vec::new();
    let mut was_lower = false;
    for character in word.chars() {
        match humps.last_mut().filter(|_| !(was_lower && character.is_uppercase())) {
            Some(hump) => hump.push(character),
            None => humps.push(character.to_string()),
        }
        was_lower = character.is_lowercase() || character.is_numeric();
    }
    humps.iter().map(|hump| fold(hump)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_make_no_difference() {
        assert_eq!(fold("ÄÖÜ Straße Łódź e\u{301}"), "aou strasse lodz e");
        assert_eq!(words("listAllKeys, v2"), ["listallkeys", "list", "all", "keys", "v2"]);
        assert!(words("…").is_empty());
    }
}
