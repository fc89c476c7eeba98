#!/usr/bin/env python3
"""Makes the corpus anew, with the programs that people write CVs with.

It needs (Debian): chromium poppler-utils qpdf ghostscript groff wkhtmltopdf weasyprint pandoc abiword libreoffice-writer-nogui
texlive-latex-base texlive-fonts-recommended python3-reportlab python3-docx python3-cairo python3-odf. What is made is
committed, with the words of each file in words.json: those of pdftotext for PDF, of the source for the rest, and for TeX's fonts of
small dots, in which pdftotext reads no ligatures.
"""
import html, json, os, pathlib, subprocess, sys, tempfile

OUT = pathlib.Path(__file__).parent
CVS = {
    "ada": ("Ada Sample", "Site Reliability Engineer", ["Kubernetes and Terraform at Contoso, 2019-2023", "Incident management, on-call rotations",
            "Certified office workflow, affluent finances", "C++, C#, .NET, CI/CD and Go"], "ada@example.com, +44 20 7946 0000, https://example.com/ada"),
    "zoe": ("Zoë Größer", "Leiterin Infrastruktur", ["Verantwortung für Rechenzentren in München und Zürich", "Führung von 12 Mitarbeiterinnen und Mitarbeitern",
            "Einführung von Ansible, OpenShift und Prometheus", "Präsentationen für die Geschäftsführung"], "zoe@example.com, Straße 5, 80331 München"),
    "rene": ("René Lefèvre", "Ingénieur système", ["Administration de serveurs à Genève, dix années d'expérience", "Déploiement continu, sûreté de fonctionnement",
            "Français, anglais, élémentaire en italien"], "rene@example.com"),
    "ivan": ("Иван Пример", "Системный администратор", ["Опыт работы с Linux и Kubernetes", "Москва, полная занятость", "Английский язык свободно"], "ivan@example.com"),
    "ali": ("أحمد علي حسن", "مهندس برمجيات أول", ["إدارة الفرق في شركة Contoso منذ 2019", "تطوير البرامج وصيانة Kubernetes و Terraform"], "ali@example.com"),
    "dana": ("דנה כהן", "מהנדסת תוכנה בכירה", ["ניהול צוותים בחברת Contoso", "פיתוח ותחזוקה של Kubernetes"], "dana@example.com"),
    "ola": ("Żaneta Ćwik", "Inżynier oprogramowania", ["Dziesięcioletnie doświadczenie w Łodzi", "Wdrażanie usług w chmurze"], "ola@example.com"),
}
# What pdftotext writes with marks of direction and of hyphens, or does not read.
OF_SOURCE = ("latex-report-ada.pdf", "latex-letter-zoe.pdf", "chromium-ali.pdf", "chromium-dana.pdf", "chromium-zoe-hyphens.pdf")
made = {}


def run(*args, **kw):
    subprocess.run([str(a) for a in args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **kw)


def source(cv):
    name, title, lines, contact = CVS[cv]
    return "\n".join([name, title, contact, *lines])


def page(cv, style=""):
    name, title, lines, contact = map(lambda x: x, CVS[cv])
    items = "".join(f"<li>{html.escape(l)}</li>" for l in lines)
    return (f"<!doctype html><html><head><meta charset=utf-8><title>CV</title><style>{style}</style></head><body><h1>{html.escape(name)}</h1>"
            f"<h2>{html.escape(title)}</h2><p>{html.escape(contact)}</p><ul>{items}</ul></body></html>")


def keep(name, cv):
    made[name] = cv


def main():
    tmp = pathlib.Path(tempfile.mkdtemp())
    for cv in CVS:
        (tmp / f"{cv}.html").write_text(page(cv))
        (tmp / f"{cv}-columns.html").write_text(page(cv, "body{display:grid;grid-template-columns:1fr 2fr;font-family:sans-serif;text-align:justify}"))
    for cv in ["ali", "dana"]:
        (tmp / f"{cv}.html").write_text(page(cv, "body{direction:rtl}"))
    (tmp / "zoe-hyphens.html").write_text(page("zoe", "body{width:3cm;hyphens:manual}").replace("ung", "\u00adung").replace("zentren", "\u00adzentren").replace("innen", "\u00adinnen"))
    for f in ["ada", "zoe", "ivan", "ada-columns", "zoe-columns", "ali", "dana", "zoe-hyphens"]:
        run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={OUT}/chromium-{f}.pdf", tmp / f"{f}.html")
        keep(f"chromium-{f}.pdf", f.split("-")[0])
    for cv in ["ada", "rene", "ola"]:
        run("weasyprint", tmp / f"{cv}.html", OUT / f"weasyprint-{cv}.pdf")
        keep(f"weasyprint-{cv}.pdf", cv)
    for cv in ["ada", "zoe", "ivan"]:
        run("wkhtmltopdf", "-q", tmp / f"{cv}.html", OUT / f"wkhtmltopdf-{cv}.pdf", env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        keep(f"wkhtmltopdf-{cv}.pdf", cv)
    latex(tmp)
    groff(tmp)
    reportlab_()
    cairo_()
    docx_(tmp)
    odf_()
    office(tmp)
    pandoc_(tmp)
    rewritten()
    texts()
    words()


def latex(tmp):
    esc = lambda s: s.replace("#", r"\#").replace("&", r"\&")
    for cv, cls, extra in [("ada", "article", ""), ("zoe", "article", r"\usepackage[T1]{fontenc}\usepackage{mathptmx}"), ("rene", "article", ""), 
                           ("ada", "letter", ""), ("zoe", "report", ""), ("ola", "report", r"\usepackage[T1]{fontenc}\usepackage{palatino}"),
                           ("ada", "report", r"\usepackage[T1]{fontenc}"), ("zoe", "letter", r"\usepackage[T1]{fontenc}")]:
        name, title, lines, contact = CVS[cv]
        items = "\n".join(r"\item " + esc(l) for l in lines)
        body = esc(name) + "\n\n" + esc(title) + "\n\n" + esc(contact) + "\n\n\\begin{itemize}\n" + items + "\n\\end{itemize}"
        if cls == "letter":
            body = esc(name) + r"\\ " + esc(title) + r"\\ " + esc(contact) + "\n\n" + "\n\n".join(map(esc, lines))
        out = f"latex-{cls}-{cv}"
        (tmp / f"{out}.tex").write_text(r"\documentclass{%s}\usepackage[utf8]{inputenc}%s\pagestyle{empty}\begin{document}%s\end{document}" % (cls, extra, "\n" + body + "\n"))
        run("pdflatex", "-interaction=batchmode", f"-output-directory={tmp}", tmp / f"{out}.tex")
        (OUT / f"{out}.pdf").write_bytes((tmp / f"{out}.pdf").read_bytes())
        keep(f"{out}.pdf", cv)


def groff(tmp):
    for cv in ["ada", "rene"]:
        name, title, lines, contact = CVS[cv]
        text = f".TH CV 7\n.SH {name}\n.SH {title}\n.PP\n{contact}\n" + "".join(f".IP \\(bu\n{l}\n" for l in lines)
        ps = subprocess.run(["groff", "-k", "-Tps", "-man"], input=text.encode(), check=True, capture_output=True).stdout
        (tmp / "g.ps").write_bytes(ps)
        run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-sOutputFile={OUT}/groff-{cv}.pdf", tmp / "g.ps")
        keep(f"groff-{cv}.pdf", cv)


def reportlab_():
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.pdfgen import canvas
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
    for cv in ["ada", "zoe"]:
        s = getSampleStyleSheet()
        name, title, lines, contact = CVS[cv]
        SimpleDocTemplate(str(OUT / f"reportlab-{cv}.pdf")).build([Paragraph(html.escape(t), s["Normal"]) for t in source(cv).split("\n")])
        keep(f"reportlab-{cv}.pdf", cv)
        SimpleDocTemplate(str(OUT / f"reportlab-table-{cv}.pdf")).build([Table([[name, title], [contact, lines[0]], *[["", l] for l in lines[1:]]])])
        keep(f"reportlab-table-{cv}.pdf", cv)
    c = canvas.Canvas(str(OUT / "reportlab-glyphs-ada.pdf"))
    for y, line in enumerate(source("ada").split("\n")):
        x = 72.0
        for ch in line:
            c.drawString(x, 760 - 16 * y, ch)
            x += c.stringWidth(ch, "Helvetica", 12)
    c.save()
    keep("reportlab-glyphs-ada.pdf", "ada")
    c = canvas.Canvas(str(OUT / "reportlab-form-ada.pdf"))
    c.beginForm("stamp")
    for y, line in enumerate(source("ada").split("\n")):
        c.drawString(72, 760 - 16 * y, line)
    c.endForm()
    c.doForm("stamp")
    c.save()
    keep("reportlab-form-ada.pdf", "ada")


def cairo_():
    import cairo
    for cv in ["ada", "ivan"]:
        surface = cairo.PDFSurface(str(OUT / f"cairo-{cv}.pdf"), 595, 842)
        c = cairo.Context(surface)
        c.select_font_face("DejaVu Sans")
        c.set_font_size(11)
        for y, line in enumerate(source(cv).split("\n")):
            c.move_to(50, 60 + 18 * y)
            c.show_text(line)
        surface.finish()
        keep(f"cairo-{cv}.pdf", cv)


def docx_(tmp):
    import docx
    for cv in ["ada", "zoe", "ivan"]:
        name, title, lines, contact = CVS[cv]
        d = docx.Document()
        d.add_heading(name, 0)
        d.add_heading(title, 1)
        d.sections[0].header.paragraphs[0].text = contact
        t = d.add_table(rows=0, cols=2)
        for i, l in enumerate(lines):
            cells = t.add_row().cells
            cells[0].text = str(2019 + i)
            p = cells[1].paragraphs[0]
            for word in l.split(" "):
                p.add_run(word + " ").bold = len(word) % 2 == 0
        d.save(OUT / f"python-docx-{cv}.docx")
        keep(f"python-docx-{cv}.docx", cv)


def odf_():
    from odf.opendocument import OpenDocumentText
    from odf.text import H, P
    for cv in ["ada", "rene"]:
        d = OpenDocumentText()
        first, *rest = source(cv).split("\n")
        d.text.addElement(H(outlinelevel=1, text=first))
        for l in rest:
            d.text.addElement(P(text=l))
        d.save(str(OUT / f"odfpy-{cv}.odt"))
        keep(f"odfpy-{cv}.odt", cv)


def office(tmp):
    for cv in CVS:
        for kind in ["pdf", "docx", "rtf", "odt"]:
            if kind == "pdf" and cv in ("rene", "ola"):
                continue
            run("soffice", "--headless", "--writer", f"-env:UserInstallation=file://{tmp}/lo", "--convert-to",
                {"docx": "docx:MS Word 2007 XML", "rtf": "rtf:Rich Text Format", "odt": "odt:writer8", "pdf": "pdf:writer_pdf_Export"}[kind], "--outdir", tmp / "lo-out", tmp / f"{cv}.html")
            (OUT / f"libreoffice-{cv}.{kind}").write_bytes((tmp / "lo-out" / f"{cv}.{kind}").read_bytes())
            keep(f"libreoffice-{cv}.{kind}", cv)
    for cv in ["ada", "zoe", "ivan"]:
        for kind in ["rtf", "odt"]:
            run("abiword", f"--to={kind}", f"--to-name={OUT}/abiword-{cv}.{kind}", OUT / f"libreoffice-{cv}.rtf")
            keep(f"abiword-{cv}.{kind}", cv)


def pandoc_(tmp):
    for cv in ["ada", "ivan", "ola"]:
        for kind in ["docx", "rtf", "odt"]:
            run("pandoc", "-s", "-f", "html", tmp / f"{cv}.html", "-o", OUT / f"pandoc-{cv}.{kind}")
            keep(f"pandoc-{cv}.{kind}", cv)


def rewritten():
    src = OUT / "latex-article-ada.pdf"
    for name, args in {
        "linear": ["--linearize"], "objstm": ["--object-streams=generate"], "qdf": ["--qdf"],
        "aes256": ["--encrypt", "", "owner", "256", "--print=none", "--"],
        "aes128": ["--encrypt", "", "owner", "128", "--use-aes=y", "--extract=n", "--"],
        "rc4-128": ["--allow-weak-crypto", "--encrypt", "", "owner", "128", "--"],
        "rc4-40": ["--allow-weak-crypto", "--encrypt", "", "owner", "40", "--"],
    }.items():
        run("qpdf", *args, src, OUT / f"qpdf-{name}.pdf")
        keep(f"qpdf-{name}.pdf", "ada")
    for level in ["1.3", "1.7"]:
        run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-dCompatibilityLevel={level}", f"-sOutputFile={OUT}/ghostscript-{level}.pdf", OUT / "chromium-zoe.pdf")
        keep(f"ghostscript-{level}.pdf", "zoe")


def texts():
    for name, cv, charset in [("utf8", "zoe", "utf-8"), ("utf8-bom", "zoe", "utf-8-sig"), ("utf16", "ivan", "utf-16"), ("windows-1252", "zoe", "cp1252"),
                              ("windows-1251", "ivan", "cp1251"), ("koi8-r", "ivan", "koi8-r"), ("windows-1250", "ola", "cp1250"), ("mac-lines", "ada", "ascii")]:
        text = source(cv)
        if name == "mac-lines":
            text = text.replace("\n", "\r")
        (OUT / f"text-{name}.txt").write_bytes(text.encode(charset))
        keep(f"text-{name}.txt", cv)


def words():
    out = {}
    for name, cv in sorted(made.items()):
        text = source(cv)
        if name.endswith(".pdf") and name not in OF_SOURCE:
            text = subprocess.run(["pdftotext", OUT / name, "-"], check=True, capture_output=True).stdout.decode()
        out[name] = " ".join(text.split())
    (OUT / "words.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
