package cvtext_test

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"itmanagerjobs/store/board"
)

func TestRTF(t *testing.T) {
	t.Parallel()
	expectText(t, "the font's character set", board.KindRTF, readFile(t, "cv-cyr-fcharset.rtf"), "Системный администратор\nKubernetes")
	fonts := `{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Calibri;}{\f1\fcharset204 Cyr;}{\f2\fcharset128 Gothic;}{\f3\fcharset134 SimSun;}{\f4\fcharset129 Batang;}{\f5\fcharset136 MingLiU;}{\f6\fcharset238 CE;}{\f7\fcharset161 Greek;}{\f8\fcharset2 Wingdings;}{\f9\fcharset177 Hebrew;}{\f10\fcharset0\cpg1251 Old;}}`
	for _, tc := range []struct{ name, body, want string }{
		{"Japanese", `\f2 \'83V\'83X\'83e\'83\'80 Go\par`, "システム Go"},
		{"Chinese, simplified", `\f3 \'cf\'ee\'c4\'bf\'be\'ad\'c0\'ed\par`, "项目经理"},
		{"Chinese, traditional", `\f5 \'b1M\'ae\'d7\'b8g\'b2z\par`, "專案經理"},
		{"Korean", `\f4 \'b0\'b3\'b9\'df\'c0\'da\par`, "개발자"},
		{"Polish", `\f6 In\'bfynier\par`, "Inżynier"},
		{"Greek", `\f7 \'cc\'e7\'f7\'e1\'ed\'e9\'ea\'fc\'f2\par`, "Μηχανικός"},
		{"Hebrew, right to left", `{\ltrch\fcs1 \af0 \rtlch\fcs0 \af9 \'f9\'ec\'e5\'ed}\par`, "שלום"},
		{"a font for East Asia beside another", `\loch\af0\hich\af0\dbch\f3 \'cf\'ee\'c4\'bf\loch\f0 caf\'e9\par`, "项目café"},
		{"a font for East Asia that is not meant", `\f1\loch\af0\hich\af0\dbch\af0 {\f1 \'e0\'e4}\par`, "ад"},
		{"a code page of its own", `\f10 \'e0\'e4\par`, "ад"},
		{"a font ends with its group", `{\f1 \'e0\'e4} \'e4\par`, "ад ä"},
		{"plain", `\f1 \'e0\plain  \'e4\par`, "а ä"},
		{"symbols", `{\f8 \'d8}Kubernetes\par`, "\u2022 Kubernetes"},
		{"unicode with replacements of two bytes", `\f2\uc2\u12471\'83V\u12473\'83X\par`, "シス"},
		{"hyphens and blanks", `Front\_end\~lead re\-build\par`, "Front-end lead rebuild"},
		{"hidden and deleted", `{\v ninja}{\deleted Docker }Kubernetes\par`, "Kubernetes"},
		{"link", `{\field{\*\fldinst{HYPERLINK "https://example.com/ada"}}{\fldrslt My profile}}is here\par`, "My profile https://example.com/ada is here"},
		{"page number", `Page {\field{\*\fldinst PAGE}{\fldrslt 1}}\par`, "Page 1"},
		{"text box once", `{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt boxed\par}}{\shprslt{\*\do{\dptxbxtext boxed\par}}}}Body\par`, "boxed\nBody"},
		{"header", `{\header Ada\par}Body\par`, "Ada\nBody"},
		{"table", `\trowd\intbl 2019\cell Contoso\cell\row\par`, "2019 Contoso"},
		{"numbers of lists", `{\listtext 1.\tab}Kubernetes\par`, "1. Kubernetes"},
	} {
		expectText(t, tc.name, board.KindRTF, []byte(fonts+tc.body+"}"), tc.want)
	}
	expectText(t, "the code page of the document", board.KindRTF, []byte(`{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0 MS Sans Serif;}}\'e0\'e4}`), "ад")
	expectText(t, "bytes in pairs in a font of any text", board.KindRTF, []byte(`{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset0 Arial;}}\f0 \'83V}`), "シ")
	expectText(t, "the default font", board.KindRTF, []byte(`{\rtf1\ansi\ansicpg1252\deff3{\fonttbl{\f3\fcharset204 Cyr;}}\'e0\'e4}`), "ад")
}

func TestTextOfUnknownCharacterSets(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"cv.txt": "I run platforms", "cv-16le.txt": "System administrator", "cv-cyr.txt": "Системный администратор, Kubernetes",
	} {
		expectText(t, name, board.KindTXT, readFile(t, name), want)
	}
	for _, tc := range []struct{ name, content, want string }{
		{"UTF-16, the upper byte first", "\x00S\x00R\x00E\x00 \x00l\x00e\x00a\x00d", "SRE lead"},
		{"Windows-1252", "J\xf6rg M\xfcller, Projektleiter f\xfcr Gr\xf6\xdferes", "Jörg Müller, Projektleiter für Größeres"},
		{"one word of Windows-1252", "Gr\xf6\xdfe", "Größe"},
		{"English with the apostrophes of Word", "I\x92m a developer. I don\x92t use PHP. It\x92s the company\x92s product, and we\x92ve shipped.", "I’m a developer. I don’t use PHP. It’s the company’s product, and we’ve shipped."},
		{"English with quotes", "The \x93blue\x94 team\x85 won the \x93Best team\x94 award", "The “blue” team… won the “Best team” award"},
		{"years with dashes", "2019\x962023 Contoso \x96 lead\r\n2017\x962019 Fabrikam\x97developer", "2019–2023 Contoso – lead\n2017–2019 Fabrikam—developer"},
		{"bullets", "\x95 Kubernetes\r\n\x95 Terraform\r\n\x95 Go", "• Kubernetes\n• Terraform\n• Go"},
		{"money", "Salary \x80 60,000 or 60.000 \x80", "Salary € 60,000 or 60.000 €"},
		{"a line to be filled in", "Name: \x85\x85\x85\x85\x85\x85 Caf\xe9", "Name: ……………… Café"},
		{"English of a Mac", "The company\xd5s \xd2blue\xd3 team, 2019\xd02023", "The company’s “blue” team, 2019–2023"},
		{"Spanish of a Mac", "Gesti\x97n econ\x97mica en Espa\x96a, pa\x92s de la soluci\x97n", "Gestión económica en España, país de la solución"},
		{"French of DOS", "Op\x82rateur \x85 Paris, d\x82j\x85 \x88tre", "Opérateur à Paris, déjà être"},
		{"UTF-8 with a mark", "\xef\xbb\xbfJ\xc3\xb6rg", "Jörg"},
		{"KOI8-R", "\xf3\xc9\xd3\xd4\xc5\xcd\xce\xd9\xca \xc1\xc4\xcd\xc9\xce\xc9\xd3\xd4\xd2\xc1\xd4\xcf\xd2 \xd3 \xcf\xd0\xd9\xd4\xcf\xcd", "Системный администратор с опытом"},
		{"Shift_JIS", "\x83V\x83X\x83e\x83\x80\x8aJ\x94\xad\x82\xcc\x8co\x8c\xb1\x82\xaa\x82\xa0\x82\xe8\x82\xdc\x82\xb7\x81B", "システム開発の経験があります。"},
		{"GBK", "\xcf\xee\xc4\xbf\xbe\xad\xc0\xed\xa3\xac\xd3\xd0\xca\xae\xc4\xea\xb9\xa4\xd7\xf7\xbe\xad\xd1\xe9", "项目经理，有十年工作经验"},
		{"ISO-2022-JP", "\x1b$B3+H/\x1b(B Go", "開発 Go"},
	} {
		expectText(t, tc.name, board.KindTXT, []byte(tc.content), tc.want)
	}
	for _, tc := range []struct {
		name string
		set  encoding.Encoding
		text string
	}{
		{"Windows-1251", charmap.Windows1251, "Опыт работы: администратор Linux, Москва"},
		{"ISO-8859-5", charmap.ISO8859_5, "Системный администратор с опытом работы"},
		{"code page 866", charmap.CodePage866, "Системный администратор с опытом работы"},
		{"Greek", charmap.Windows1253, "Μηχανικός λογισμικού με δεκαετή εμπειρία"},
		{"Hebrew", charmap.Windows1255, "שלום רב, אני מהנדס תוכנה"},
		{"Arabic", charmap.Windows1256, "مهندس برمجيات مع خبرة عشر سنوات"},
		{"Polish", charmap.Windows1250, "Inżynier oprogramowania z dziesięcioletnim doświadczeniem"},
		{"French", charmap.Windows1252, "Ingénieur système, dix années d'expérience à Genève"},
		{"Big5", traditionalchinese.Big5, "專案經理,十年工作經驗"},
		{"Big5 whose second bytes are letters", traditionalchinese.Big5, "履歷表 軟體工程師 臺北市 專案經理"},
		{"GBK of few words", simplifiedchinese.GBK, "简历 软件工程师 北京 项目经理"},
		{"EUC-KR", korean.EUCKR, "소프트웨어 개발자 경력"},
		{"EUC-KR of a letter", korean.EUCKR, "저는 10년 동안 서울에서 시스템 엔지니어로 일했습니다"},
		{"EUC-JP", japanese.EUCJP, "システム開発の経験"},
		{"Thai", charmap.Windows874, "วิศวกรซอฟต์แวร์ ประสบการณ์สิบปี"},
	} {
		b, err := tc.set.NewEncoder().Bytes([]byte(tc.text))
		if err != nil {
			t.Fatal(err)
		}
		expectText(t, tc.name, board.KindTXT, b, tc.text)
	}
}
