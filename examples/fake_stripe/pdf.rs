//! The smallest PDF that every viewer opens: one page of text.

const LINE_HEIGHT: usize = 18;
const MAX_LINES: usize = 40;

/// Writes lines of text. Characters outside of Latin-1 become `x` or `?`.
pub fn write(lines: &[String]) -> String {
    let mut text = format!("BT /F1 11 Tf {LINE_HEIGHT} TL 50 780 Td\n");
    for line in lines.iter().take(MAX_LINES) {
        let plain: String = line
            .chars()
            .map(|letter| {
                if letter == '×' {
                    'x'
                } else if letter.is_ascii() {
                    letter
                } else {
                    '?'
                }
            })
            .collect();
        let escaped = plain.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        text.push_str(&format!("({escaped}) Tj T*\n"));
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        out.push_str(&format!("{offset:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out
}
