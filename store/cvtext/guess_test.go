package cvtext_test

import (
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"itmanagerjobs/store/board"
)

// wide writes a text in units of two or four bytes.
func wide(s string, width int, order binary.AppendByteOrder) (b []byte) {
	for _, c := range s {
		if width == 4 {
			b = order.AppendUint32(b, uint32(c))
			continue
		}
		for _, u := range utf16.AppendRune(nil, c) {
			b = order.AppendUint16(b, u)
		}
	}
	return b
}

// Text of two or four bytes for each character is known with its mark and without, in either order, in every script, and with a byte too
// many at its end.
func TestWideText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"SRE", "Platform engineer\nKubernetes", "Größe – Müller", "Резюме: Go", "Βιογραφικό\nΜηχανικός", "קורות חיים", "ประวัติย่อ กรุงเทพ",
		"个人简历\n软件工程师，北京\n一直负责一个项目", "履歴書\nソフトウェアエンジニア、東京", "이력서\n소프트웨어 엔지니어", "Ada 🚀 Engineer 𝔸",
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, width := range []int{2, 4} {
				plain, marked := wide(text, width, order), wide("\ufeff"+text, width, order)
				for _, b := range [][]byte{plain, marked, append(slices.Clip(plain), '\n'), append(slices.Clip(marked), '\n')} {
					if _, err := board.CheckCV(board.Upload{Name: "cv.txt", Bytes: b}); err != nil {
						t.Errorf("%q in %d bytes, %v: %v", text, width, order, err)
						continue
					}
					expectText(t, text, board.KindTXT, b, text)
				}
			}
		}
	}
}

// Eight bits without a name of their set: the language of the letters tells the set, also of short texts, of capitals, and of a name among
// words of another alphabet.
func TestTextOfManyLanguages(t *testing.T) {
	t.Parallel()
	cyrillic := []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.CodePage866, charmap.ISO8859_5}
	central := []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2, charmap.CodePage852}
	baltic := []encoding.Encoding{charmap.Windows1257, charmap.ISO8859_13}
	western := []encoding.Encoding{charmap.Windows1252, charmap.ISO8859_1, charmap.Macintosh, charmap.CodePage850}
	for _, tc := range []struct {
		text string
		sets []encoding.Encoding
	}{
		{"РЕЗЮМЕ\nИВАНОВ ПЁТР, СИСТЕМНЫЙ АДМИНИСТРАТОР", cyrillic},
		{"Резюме: Go", cyrillic[:2]},
		{"Ivan Petrov (Иван Петров)\nSenior Engineer at Contoso since 2019, Kubernetes", cyrillic[:2]},
		{"Системний адміністратор, Київ\nДосвід роботи: мережі, її розвиток", []encoding.Encoding{charmap.Windows1251, charmap.KOI8U, charmap.ISO8859_5}},
		{"Инжењер, Београд, љубав према њези", []encoding.Encoding{charmap.Windows1251, charmap.ISO8859_5}},
		{"Życiorys\nInżynier oprogramowania, Łódź\nDoświadczenie: zarządzanie siecią, ćwiczenia", central},
		{"Životopis\nSprávce systémů, Ústí nad Labem\nZkušenosti: řízení sítí, bezpečnost, vývoj aplikací, přítel", central},
		{"Önéletrajz\nRendszergazda, Győr\nTapasztalat: hálózatok, üzemeltetés, fejlesztő, űrlap", central},
		{"Sistemski inženjer, Šibenik, iskustvo u mrežama, čelnik odjela, đak, ćevap", central[:2]},
		{"Inginer de sistem, București\nExperiență în rețele și administrare, învățământ", []encoding.Encoding{charmap.ISO8859_16}},
		{"Özgeçmiş\nYazılım mühendisi, İstanbul\nDeneyim: ağ yönetimi, geliştirme, şirket", []encoding.Encoding{charmap.Windows1254, charmap.ISO8859_9}},
		{"Sistemų administratorius, Šiauliai, darbo patirtis: tinklų priežiūra, duomenų bazės", baltic},
		{"Sistēmu administrators, Rīga, pieredze: tīklu pārvaldība, drošība, ķēde", append([]encoding.Encoding{charmap.ISO8859_4}, baltic...)},
		{"Süsteemiadministraator, Võru, võrkude haldus, šokolaad, žürii", append([]encoding.Encoding{charmap.Windows1252}, baltic...)},
		{"Ingénieur système à Besançon, élève de l'École, réseaux, sécurité", western},
		{"Engenheiro de informação em São João, gestão de aplicações e automação", western},
		{"Maîtrise : dépannage, sécurité, œuvre", []encoding.Encoding{charmap.Windows1252, charmap.ISO8859_15}},
		{"Systemförvaltare på Göteborgs universitet, små åtgärder", western},
		{"ÉCOLE POLYTECHNIQUE, GRÖSSE", western[:2]},
		{"“Best of” • 2019–2023 • €50k, ½ day, 5 £ and 3 ¥", western[:1]},
		{"קורות חיים, מהנדס תוכנה", []encoding.Encoding{charmap.Windows1255, charmap.ISO8859_8, charmap.CodePage862}},
		{"Kim Chulsoo (김철수)\nSenior Engineer at Contoso since 2019", []encoding.Encoding{korean.EUCKR}},
		{"Taro Yamada - 山田太郎\nSenior Engineer at Contoso", []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP}},
		{"个人简历", []encoding.Encoding{simplifiedchinese.GBK}},
		{"张𬭎，项目经理，负责𬭎项目", []encoding.Encoding{simplifiedchinese.GB18030}},
	} {
		for _, set := range tc.sets {
			expectCV(t, tc.text, board.KindTXT, []byte(encodedIn(t, set, tc.text)), tc.text)
		}
	}
	expectCV(t, "Korean whose signs switch the set", board.KindTXT, []byte("\x1b$)C\x0e@L7B<-\x0f CV"), "이력서 CV")
	expectCV(t, "Chinese whose signs switch the set", board.KindTXT, []byte("~{<r@z~} CV"), "简历 CV")
}
