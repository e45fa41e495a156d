package pages

import (
	"fmt"
	"io/fs"
	"regexp"
	"sort"
	"strings"
)

// words is a text in the four languages. Literals are unkeyed: one that lacks
// a language does not compile.
type words struct{ en, az, tr, ru string }

func (w words) in(language string) string {
	switch language {
	case "az":
		return w.az
	case "tr":
		return w.tr
	case "ru":
		return w.ru
	}
	return w.en
}

// word gives a text with its arguments. One that does not exist shows as its
// key; New fails where a template asks for one.
func word(language, key string, args ...any) string {
	w, ok := messages[key]
	if !ok {
		return key
	}
	s := w.in(language)
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// optionalWord is "" where there is no such text.
func optionalWord(language, key string) string {
	if _, ok := messages[key]; !ok {
		return ""
	}
	return word(language, key)
}

var asked = regexp.MustCompile(`\bt "([^"]+)"`)

// missingWords names the texts that templates ask for and that there are not.
func missingWords(templates fs.FS) error {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return err
	}
	var missing []string
	for _, name := range names {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return err
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			if _, ok := messages[m[1]]; !ok {
				missing = append(missing, m[1])
			}
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("pages: no words for %s", strings.Join(missing, ", "))
	}
	return nil
}

var messages = map[string]words{
	"skip":         {"Skip to the content", "Məzmuna keç", "İçeriğe geç", "Перейти к содержанию"},
	"nav":          {"Parts of the register", "Reyestrin bölmələri", "Sicilin bölümleri", "Разделы реестра"},
	"language":     {"Language", "Dil", "Dil", "Язык"},
	"map":          {"Map", "Xəritə", "Harita", "Карта"},
	"yes":          {"yes", "bəli", "evet", "да"},
	"no":           {"no", "xeyr", "hayır", "нет"},
	"take":         {"Take away", "Yüklə", "İndir", "Скачать"},
	"cite":         {"Cite as", "İstinad", "Kaynak gösterimi", "Ссылаться так"},
	"disputed":     {"Borders and names in the region are disputed. The register uses the names of UN/LOCODE where there is one, carries alternatives, and states no position.", "Bölgədə sərhədlər və adlar mübahisəlidir. Reyestr UN/LOCODE adlarından istifadə edir, digər adları da saxlayır və mövqe bildirmir.", "Bölgedeki sınırlar ve adlar tartışmalıdır. Sicil, varsa UN/LOCODE adlarını kullanır, diğer adları da taşır ve görüş bildirmez.", "Границы и названия в регионе являются предметом спора. Реестр использует названия UN/LOCODE, приводит варианты и не занимает позиции."},
	"message.home": {"To the front page", "Ana səhifəyə", "Ana sayfaya", "На главную"},

	"missing.title": {"Nothing is here", "Burada heç nə yoxdur", "Burada bir şey yok", "Здесь ничего нет"},
	"missing.text":  {"There is no such record, or nothing was known of it by the day asked for. Search for it by name.", "Belə bir qeyd yoxdur və ya soruşulan günə qədər heç nə məlum deyildi. Adına görə axtarın.", "Böyle bir kayıt yok ya da sorulan güne kadar hakkında bir şey bilinmiyordu. Adıyla arayın.", "Такой записи нет, или к указанному дню о ней ничего не было известно. Поищите по названию."},
	"bad.title":     {"The question cannot be answered", "Sorğuya cavab verilə bilmir", "Soru yanıtlanamıyor", "На запрос нельзя ответить"},
	"bad.text":      {"A value in the address is not one that was expected: days are written 2021-12-31. Go back and choose again.", "Ünvandakı dəyərlərdən biri gözlənilən deyil: günlər 2021-12-31 kimi yazılır. Geri qayıdıb yenidən seçin.", "Adresteki bir değer beklenen türde değil: günler 2021-12-31 biçiminde yazılır. Geri dönüp yeniden seçin.", "Значение в адресе не то, что ожидалось: дни пишутся как 2021-12-31. Вернитесь и выберите снова."},
	"failed.title":  {"The page could not be made", "Səhifə hazırlana bilmədi", "Sayfa hazırlanamadı", "Страницу не удалось создать"},
	"failed.text":   {"Try again in a moment. If it goes on, tell those who run this register.", "Bir azdan yenidən cəhd edin. Davam edərsə, reyestri idarə edənlərə bildirin.", "Biraz sonra yeniden deneyin. Sürerse sicili işletenlere bildirin.", "Попробуйте ещё раз чуть позже. Если не поможет, сообщите тем, кто ведёт реестр."},

	"search":       {"Search", "Axtar", "Ara", "Поиск"},
	"search.label": {"Search the whole register", "Bütün reyestrdə axtarış", "Tüm sicilde ara", "Поиск по всему реестру"},
	"search.hint":  {"Shusha, Şuşa, Шуша …", "Şuşa, Shusha, Шуша …", "Şuşa, Shusha, Шуша …", "Шуша, Şuşa, Shusha …"},
	"search.of":    {"Search: %v", "Axtarış: %v", "Arama: %v", "Поиск: %v"},
	"search.none":  {"Nothing was found. Try fewer words or the beginning of a name.", "Heç nə tapılmadı. Daha az söz və ya adın əvvəlini yazın.", "Bir şey bulunamadı. Daha az sözcük ya da adın başını deneyin.", "Ничего не найдено. Попробуйте меньше слов или начало названия."},
	"search.rough": {"Nothing has just these words; these names sound alike.", "Məhz bu sözlər tapılmadı; bu adlar oxşar səslənir.", "Tam bu sözcükler bulunamadı; bu adlar benzer okunuyor.", "Именно этих слов нет; эти названия звучат похоже."},

	"filter.words":     {"Words", "Sözlər", "Sözcükler", "Слова"},
	"filter.status":    {"Status", "Status", "Durum", "Состояние"},
	"filter.country":   {"Country", "Ölkə", "Ülke", "Страна"},
	"filter.sector":    {"Sector or field", "Sektor və ya sahə", "Sektör ya da alan", "Сектор или сфера"},
	"filter.sort":      {"Order", "Sıralama", "Sıralama", "Порядок"},
	"filter.all":       {"all", "hamısı", "hepsi", "все"},
	"filter.asof":      {"As known on", "Məlum olduğu gün", "Bilindiği gün", "По сведениям на"},
	"filter.asof.hint": {"A day, month or year, as 2021-12-31", "Gün, ay və ya il: 2021-12-31", "Gün, ay ya da yıl: 2021-12-31", "День, месяц или год: 2021-12-31"},
	"filter.apply":     {"Show", "Göstər", "Göster", "Показать"},
	"sort.usual":       {"usual", "adi", "olağan", "обычный"},
	"sort.name":        {"by name", "ada görə", "ada göre", "по названию"},
	"sort.date":        {"by date, oldest first", "tarixə görə, əvvəl köhnələr", "tarihe göre, önce eskiler", "по дате, сначала ранние"},
	"sort.-date":       {"by date, newest first", "tarixə görə, əvvəl yenilər", "tarihe göre, önce yeniler", "по дате, сначала новые"},
	"sort.-updated":    {"changed last", "son dəyişənlər", "son değişenler", "недавно изменённые"},
	"list.count":       {"Shown: %v of %v", "Göstərilir: %v / %v", "Gösterilen: %v / %v", "Показано: %v из %v"},
	"list.none":        {"Nothing is in this list. Take a filter away.", "Bu siyahıda heç nə yoxdur. Filtrlərdən birini götürün.", "Bu listede bir şey yok. Bir süzgeci kaldırın.", "В этом списке ничего нет. Уберите один из фильтров."},
	"pager":            {"Parts of the list", "Siyahının hissələri", "Listenin bölümleri", "Части списка"},
	"pager.first":      {"From the start", "Əvvəldən", "Baştan", "С начала"},
	"pager.next":       {"Next", "Növbəti", "Sonraki", "Далее"},

	"map.label":     {"Map of the records of this page; the table has the same", "Bu səhifədəki qeydlərin xəritəsi; cədvəldə də eyni məlumat var", "Bu sayfadaki kayıtların haritası; tablo da aynısını gösterir", "Карта записей этой страницы; в таблице то же самое"},
	"map.key":       {"Hollow: planned. Half: under way. Full: done.", "Boş: planlaşdırılıb. Yarımdolu: icradadır. Dolu: tamamlanıb.", "Boş: planlanan. Yarım: süren. Dolu: biten.", "Пустой знак: план. Полузакрашенный: идут работы. Закрашенный: завершено."},
	"chart.label":   {"Observed values by year against the target; the table has the same", "İllər üzrə müşahidə və hədəf; cədvəldə də eyni məlumat var", "Yıllara göre gözlem ve hedef; tablo da aynısını gösterir", "Наблюдения по годам и цель; в таблице то же самое"},
	"chart.caption": {"Line: observed in whole years. Dashed line and square: the target and its date.", "Xətt: tam illər üzrə müşahidə. Qırıq xətt və kvadrat: hədəf və tarixi.", "Çizgi: tam yıllarda gözlenen. Kesikli çizgi ve kare: hedef ve tarihi.", "Линия: наблюдения за полные годы. Пунктир и квадрат: цель и её срок."},

	"front.asof":         {"As of %v.", "%v tarixinə.", "%v itibarıyla.", "По состоянию на %v."},
	"front.desk":         {"Open the map with flows and scenarios", "Axınlar və ssenarilər xəritəsini aç", "Akışlar ve senaryolar haritasını aç", "Открыть карту потоков и сценариев"},
	"front.due":          {"Due in 90 days", "90 gün ərzində vaxtı çatanlar", "90 gün içinde vadesi gelenler", "Срок в ближайшие 90 дней"},
	"front.due.none":     {"Nothing is due in the next 90 days.", "Növbəti 90 gündə vaxtı çatan yoxdur.", "Önümüzdeki 90 günde vadesi gelen yok.", "В ближайшие 90 дней сроков нет."},
	"front.overdue":      {"Past their day and not reported as done: %v.", "Vaxtı keçib, tamamlandığı bildirilməyib: %v.", "Günü geçmiş ve bittiği bildirilmemiş: %v.", "Срок прошёл, о выполнении не сообщено: %v."},
	"front.calendar":     {"Deadlines as a calendar", "Müddətlər təqvim kimi", "Vadeler takvim olarak", "Сроки в виде календаря"},
	"front.changed":      {"Changed this week", "Bu həftə dəyişənlər", "Bu hafta değişenler", "Изменено за неделю"},
	"front.changed.none": {"Nothing was changed since the register was filled on %v.", "Reyestr %v tarixində doldurulandan bəri dəyişiklik olmayıb.", "Sicil %v günü doldurulduğundan beri değişiklik olmadı.", "С заполнения реестра %v ничего не изменено."},
	"front.changes":      {"All changes", "Bütün dəyişikliklər", "Tüm değişiklikler", "Все изменения"},
	"front.newest":       {"Latest evidence", "Ən yeni məlumatlar", "En yeni bilgiler", "Последние сведения"},

	"figure.projects":              {"projects", "layihə", "proje", "проекты"},
	"figure.projects.meaning":      {"all that are in the register, whatever their status", "statusundan asılı olmayaraq reyestrdəki hamısı", "durumu ne olursa olsun sicildeki hepsi", "все записи реестра, в любом состоянии"},
	"figure.value":                 {"stated budgets", "bildirilmiş büdcələr", "bildirilen bütçeler", "заявленные бюджеты"},
	"figure.value.meaning":         {"sum of the %v of %v projects with a budget in USD, in prices of the day each was stated", "USD ilə büdcəsi olan %v / %v layihənin cəmi, bildirildiyi günün qiymətləri ilə", "USD bütçesi olan %v / %v projenin toplamı, bildirildiği günün fiyatlarıyla", "сумма по %v из %v проектов с бюджетом в USD, в ценах дня заявления"},
	"figure.commitments":           {"commitments open / late", "öhdəliklər: açıq / gecikən", "taahhütler: açık / geciken", "обязательства: открытые / просроченные"},
	"figure.commitments.meaning":   {"late: the day is past, or reported as not kept", "gecikən: vaxtı keçib və ya yerinə yetirilməyib", "geciken: günü geçmiş ya da tutulmamış", "просроченные: срок прошёл или сообщено о невыполнении"},
	"figure.organisations":         {"companies and authorities", "şirkət və qurum", "şirket ve kurum", "компании и ведомства"},
	"figure.organisations.meaning": {"organisations that projects, meetings or interests name", "layihə, görüş və maraqlarda adı çəkilən təşkilatlar", "proje, toplantı ve ilgilerde adı geçen kuruluşlar", "организации, названные в проектах, встречах и заявках"},

	"intro.project":      {"What is built or reformed, with the source of each fact.", "Nə tikilir və ya yenidən qurulur, hər faktın mənbəyi ilə.", "Ne yapılıyor ya da yenileniyor, her bilginin kaynağıyla.", "Что строится или преобразуется, с источником каждого факта."},
	"intro.target":       {"What was promised in figures, and how far it is.", "Rəqəmlə nə vəd edilib və nə qədər yerinə yetirilib.", "Rakamla ne vaat edildi ve nereye varıldı.", "Что обещано в цифрах и насколько выполнено."},
	"intro.organisation": {"Companies, authorities, railways and banks, and what they do here.", "Şirkətlər, qurumlar, dəmir yolları və banklar, burada nə etdikləri.", "Şirketler, kurumlar, demiryolları ve bankalar; burada ne yaptıkları.", "Компании, ведомства, железные дороги и банки и что они делают."},
	"intro.meeting":      {"Who met, what was said and what was decided.", "Kim görüşüb, nə deyilib və nə qərara alınıb.", "Kim buluştu, ne söylendi, neye karar verildi.", "Кто встречался, что сказано и что решено."},
	"intro.agreement":    {"What governments and organisations signed, provision by provision.", "Hökumətlər və təşkilatlar nə imzalayıb, maddə-maddə.", "Hükümetler ve kuruluşlar ne imzaladı, madde madde.", "Что подписали правительства и организации, по пунктам."},
	"intro.commitment":   {"What was promised, by whom, until when, and how far it is.", "Nə, kim tərəfindən, nə vaxta qədər vəd edilib və vəziyyəti.", "Ne, kimce, ne zamana kadar vaat edildi ve durumu.", "Что, кем и к какому сроку обещано и насколько выполнено."},
	"intro.interest":     {"Who wants to take part in what. It is no bid, and gives no right or preference.", "Kim nədə iştirak etmək istəyir. Bu, tender təklifi deyil, hüquq və üstünlük vermir.", "Kim neye katılmak istiyor. Teklif değildir, hak ya da öncelik vermez.", "Кто в чём хочет участвовать. Это не тендерная заявка и не даёт прав или преимуществ."},
	"intro.investment":   {"Who invested how much where, ranked within each period as sources state it.", "Kim harada nə qədər sərmayə qoyub, hər dövr üzrə mənbələrə görə sıralanıb.", "Kim nerede ne kadar yatırım yaptı; her dönemde kaynaklara göre sıralı.", "Кто, где и сколько вложил; по периодам, по данным источников."},
	"intro.programme":    {"Corridors and programmes, and the projects in them.", "Dəhlizlər və proqramlar, onlara daxil olan layihələr.", "Koridorlar, programlar ve içlerindeki projeler.", "Коридоры и программы и входящие в них проекты."},
	"intro.person":       {"Who took part in meetings, in what office.", "Görüşlərdə kim, hansı vəzifədə iştirak edib.", "Toplantılara kim, hangi görevle katıldı.", "Кто участвовал во встречах и в какой должности."},

	"record.known":        {"Last evidence: %v", "Son məlumat: %v", "Son bilgi: %v", "Последние сведения: %v"},
	"record.sources":      {"sources: %v", "mənbələr: %v", "kaynaklar: %v", "источников: %v"},
	"record.stale":        {"no evidence for %v months", "%v aydır məlumat yoxdur", "%v aydır bilgi yok", "нет сведений уже %v мес."},
	"record.asof":         {"as known on %v", "%v tarixinə məlum olan", "%v günü bilinen", "по сведениям на %v"},
	"record.untranslated": {"The texts of this record are in English.", "Bu qeydin mətnləri ingiliscədir.", "Bu kaydın metinleri İngilizcedir.", "Тексты этой записи на английском языке."},
	"record.permalink":    {"Permanent address", "Daimi ünvan", "Kalıcı adres", "Постоянный адрес"},
	"record.id":           {"Id", "Kod", "Kimlik", "Идентификатор"},
	"record.revision":     {"revision", "redaksiya", "sürüm", "редакция"},
	"record.statements":   {"where each value comes from", "hər dəyərin mənbəyi", "her değerin kaynağı", "откуда каждое значение"},
	"record.brief":        {"one sheet for print", "çap üçün bir vərəq", "tek sayfa, baskı için", "один лист для печати"},
	"brief.back":          {"Back to the page", "Səhifəyə qayıt", "Sayfaya dön", "Назад к странице"},
	"brief.more":          {"The page has more.", "Səhifədə davamı var.", "Devamı sayfada.", "Остальное – на странице."},
	"brief.printed":       {"made on %v", "%v tarixində hazırlanıb", "%v günü hazırlandı", "составлено %v"},

	"mark.known":      {"told on %v", "bildirilib: %v", "bildirildi: %v", "сообщено %v"},
	"mark.asof":       {"holds for %v", "aid olduğu tarix: %v", "geçerli olduğu gün: %v", "относится к %v"},
	"mark.confidence": {"confidence", "etibarlılıq", "güvenilirlik", "достоверность"},
	"mark.rivals":     {"Other sources say:", "Başqa mənbələr deyir:", "Başka kaynaklar diyor ki:", "Другие источники говорят:"},
	"estimate.short":  {"est.", "təx.", "tah.", "оценка"},
	"estimate.why":    {"An estimate: derived, recalled, or of low confidence.", "Təxmindir: hesablanıb, yaddaşdan götürülüb və ya etibarlılığı azdır.", "Tahmindir: türetilmiş, anımsanmış ya da güveni düşük.", "Оценка: выведена, приведена по памяти или малодостоверна."},

	"source":            {"Source", "Mənbə", "Kaynak", "Источник"},
	"sources":           {"Sources", "Mənbələr", "Kaynaklar", "Источники"},
	"sources.intro":     {"What the facts of the register rest on. No value is published without a source.", "Reyestrdəki faktların əsaslandığı mənbələr. Mənbəsiz heç bir dəyər dərc olunmur.", "Sicildeki bilgilerin dayandığı kaynaklar. Kaynaksız hiçbir değer yayımlanmaz.", "На чём основаны факты реестра. Ни одно значение не публикуется без источника."},
	"source.publisher":  {"Publisher", "Naşir", "Yayıncı", "Издатель"},
	"source.author":     {"Author", "Müəllif", "Yazar", "Автор"},
	"source.date":       {"Date", "Tarix", "Tarih", "Дата"},
	"source.class":      {"Class", "Növ", "Tür", "Вид"},
	"source.url":        {"Address", "Ünvan", "Adres", "Адрес"},
	"source.place":      {"Where to find it", "Yeri", "Yeri", "Где найти"},
	"source.statements": {"Statements", "Bildirişlər", "Bildirimler", "Утверждения"},
	"source.resting":    {"What rests on it", "Ona əsaslananlar", "Buna dayananlar", "Что на нём основано"},
	"source.nothing":    {"No record of the register rests on it; the study uses it.", "Reyestrdə ona əsaslanan qeyd yoxdur; tədqiqat istifadə edir.", "Sicilde buna dayanan kayıt yok; çalışma kullanıyor.", "Записей реестра на нём нет; им пользуется исследование."},

	"history":          {"History", "Tarixçə", "Geçmiş", "История"},
	"history.known":    {"Told on", "Bildirilib", "Bildirildi", "Сообщено"},
	"history.what":     {"What", "Nə", "Ne", "Что"},
	"history.value":    {"Value", "Dəyər", "Değer", "Значение"},
	"history.recorded": {"Recorded on", "Qeydə alınıb", "Kaydedildi", "Записано"},
	"history.old":      {"another value stands", "başqa dəyər qüvvədədir", "başka değer geçerli", "действует другое значение"},
	"history.more":     {"and %v more", "və daha %v", "ve %v tane daha", "и ещё %v"},
	"changes":          {"Changes", "Dəyişikliklər", "Değişiklikler", "Изменения"},
	"changes.intro":    {"What was recorded in the register, newest first.", "Reyestrə nə qeyd olunub, əvvəl yenilər.", "Sicile ne kaydedildi, önce yeniler.", "Что записано в реестр, сначала новое."},
	"changes.record":   {"Record", "Qeyd", "Kayıt", "Запись"},

	"schedule":            {"Schedule", "Cədvəl", "Takvim", "Сроки"},
	"schedule.what":       {"Stage", "Mərhələ", "Aşama", "Этап"},
	"schedule.date":       {"Date", "Tarix", "Tarih", "Дата"},
	"schedule.start":      {"Start of works", "İşlərin başlanğıcı", "İşlerin başlaması", "Начало работ"},
	"schedule.plannedEnd": {"Planned end", "Planlaşdırılan son", "Planlanan bitiş", "Плановое завершение"},
	"schedule.actualEnd":  {"Actual end", "Faktiki son", "Gerçekleşen bitiş", "Фактическое завершение"},
	"schedule.late":       {"The planned day passed %v months ago.", "Planlaşdırılan vaxtdan %v ay keçib.", "Planlanan gün %v ay önce geçti.", "Плановый срок прошёл %v мес. назад."},
	"schedule.wasLate":    {"It ended %v months after the planned day.", "Planlaşdırılandan %v ay gec bitib.", "Planlanandan %v ay sonra bitti.", "Завершено на %v мес. позже плана."},
	"money":               {"Money", "Maliyyə", "Para", "Деньги"},
	"money.what":          {"What", "Nə", "Ne", "Что"},
	"money.amount":        {"Amount", "Məbləğ", "Tutar", "Сумма"},
	"money.over":          {"Spent against the budget: %v %% more.", "Büdcə ilə müqayisədə: %v %% artıq.", "Bütçeye göre: %% %v fazla.", "К бюджету: на %v %% больше."},
	"progress":            {"Progress", "Gedişat", "İlerleme", "Ход работ"},
	"progress.what":       {"What", "Nə", "Ne", "Что"},
	"progress.period":     {"Until", "Tarixədək", "Tarihine kadar", "На дату"},
	"progress.value":      {"Value", "Dəyər", "Değer", "Значение"},
	"progress.forecast":   {"planned", "plan", "plan", "план"},

	"lead.project.identification": {"A project that is considered%v.", "Nəzərdən keçirilən layihə%v.", "Değerlendirilen bir proje%v.", "Проект рассматривается%v."},
	"lead.project.preparation":    {"A project in preparation%v.", "Hazırlıq mərhələsində olan layihə%v.", "Hazırlık aşamasında bir proje%v.", "Проект в стадии подготовки%v."},
	"lead.project.implementation": {"A project under way%v.", "İcrada olan layihə%v.", "Yapımı süren bir proje%v.", "Проект в стадии реализации%v."},
	"lead.project.completion":     {"A project that is built%v.", "Tikilib başa çatmış layihə%v.", "Tamamlanmış bir proje%v.", "Построенный проект%v."},
	"lead.project.cancelled":      {"A project that was cancelled%v.", "Ləğv edilmiş layihə%v.", "İptal edilmiş bir proje%v.", "Отменённый проект%v."},
	"lead.project.decommissioned": {"A project out of use%v.", "İstismardan çıxarılmış layihə%v.", "Kullanımdan kaldırılmış bir proje%v.", "Проект выведен из эксплуатации%v."},
	"lead.project.ended":          {"Its works ended: %v.", "İşlər başa çatıb: %v.", "İşler bitti: %v.", "Работы завершены: %v."},
	"lead.project.planned":        {"Its end is planned for: %v.", "Planlaşdırılan son tarix: %v.", "Planlanan bitiş: %v.", "Завершение планируется: %v."},
	"lead.project.overdue":        {"Its end was planned for %v, and no source tells that it came.", "Planlaşdırılan son tarix %v idi; bitdiyini bildirən mənbə yoxdur.", "Bitiş %v için planlanmıştı; bittiğini bildiren kaynak yok.", "Завершение планировалось: %v; источников о завершении нет."},
	"lead.commitment.good":        {"This promise is kept, or in force.", "Bu öhdəlik yerinə yetirilib və ya qüvvədədir.", "Bu taahhüt yerine getirildi ya da yürürlükte.", "Обязательство выполнено или действует."},
	"lead.commitment.going":       {"This promise is under way.", "Bu öhdəlik icradadır.", "Bu taahhüt yürütülüyor.", "Обязательство выполняется."},
	"lead.commitment.open":        {"This promise is still to be kept.", "Bu öhdəlik hələ yerinə yetirilməyib.", "Bu taahhüt henüz yerine getirilmedi.", "Обязательство ещё предстоит выполнить."},
	"lead.commitment.late":        {"This promise was due on %v and is not reported as kept.", "Bu öhdəliyin vaxtı %v idi; yerinə yetirildiyi bildirilməyib.", "Bu taahhüdün günü %v idi; tutulduğu bildirilmedi.", "Срок обязательства – %v; о выполнении не сообщено."},
	"lead.commitment.broken":      {"This promise is reported as not kept.", "Bu öhdəliyin yerinə yetirilmədiyi bildirilib.", "Bu taahhüdün tutulmadığı bildirildi.", "Сообщено, что обязательство не выполнено."},
	"lead.target":                 {"The goal is %v by %v.", "Hədəf: %v, son tarix: %v.", "Hedef: %v, son gün: %v.", "Цель: %v, срок: %v."},
	"lead.target.open":            {"The goal is %v; no day was set.", "Hədəf: %v; tarix qoyulmayıb.", "Hedef: %v; gün belirlenmedi.", "Цель: %v; срок не установлен."},
	"lead.target.last":            {"Last observed (%v): %v.", "Son müşahidə (%v): %v.", "Son gözlem (%v): %v.", "Последнее наблюдение (%v): %v."},
	"lead.agreement":              {"%v, signed on %v.", "%v, imzalanıb: %v.", "%v, imza: %v.", "%v, подписано: %v."},
	"lead.meeting":                {"Held on %v.", "Keçirilib: %v.", "Yapıldı: %v.", "Состоялась: %v."},
	"lead.interest":               {"An expression of interest. It is no bid, and gives no right or preference.", "Maraq bildirişi. Tender təklifi deyil, hüquq və üstünlük vermir.", "İlgi bildirimi. Teklif değildir, hak ya da öncelik vermez.", "Выражение заинтересованности. Не является тендерной заявкой и не даёт прав или преимуществ."},
	"interest.nobid":              {"An expression of interest is no bid: it gives no right and no preference.", "Maraq bildirişi tender təklifi deyil: hüquq və üstünlük vermir.", "İlgi bildirimi teklif değildir: hak ya da öncelik vermez.", "Выражение заинтересованности не является заявкой: оно не даёт прав или преимуществ."},
	"investment.host":             {"Invested in", "Sərmayə qoyulan ölkə", "Yatırım yapılan ülke", "Куда вложено"},

	"model":                 {"What the model says", "Modelin nəticələri", "Modelin sonuçları", "Что говорит модель"},
	"model.starting":        {"The model is about to run; its results appear here when it is done. Reload in a minute.", "Model işə düşür; nəticələr bitəndə burada görünəcək. Bir dəqiqədən sonra yeniləyin.", "Model başlamak üzere; sonuçlar bitince burada görünür. Bir dakika sonra yenileyin.", "Модель запускается; результаты появятся здесь. Обновите через минуту."},
	"model.running":         {"The model is running: %v of %v scenarios and years are solved. Its results appear here when it is done; reload in a minute.", "Model işləyir: %v / %v ssenari və il həll olunub. Nəticələr bitəndə burada görünəcək; bir dəqiqədən sonra yeniləyin.", "Model çalışıyor: %v / %v senaryo ve yıl çözüldü. Sonuçlar bitince burada görünür; bir dakika sonra yenileyin.", "Модель считает: решено %v из %v сценариев и лет. Результаты появятся здесь; обновите через минуту."},
	"model.failed":          {"The model could not be solved: %v", "Model həll oluna bilmədi: %v", "Model çözülemedi: %v", "Модель не удалось решить: %v"},
	"model.none":            {"No scenario of the study changes the network by this project.", "Tədqiqatda bu layihə ilə şəbəkəni dəyişən ssenari yoxdur.", "Çalışmada ağı bu projeyle değiştiren senaryo yok.", "Ни один сценарий исследования не меняет сеть этим проектом."},
	"model.others":          {"The scenario has other projects too: %v.", "Ssenaridə başqa layihələr də var: %v.", "Senaryoda başka projeler de var: %v.", "В сценарии есть и другие проекты: %v."},
	"model.binding.yes":     {"What the project relaxes is full in the base.", "Layihənin aradan qaldırdığı məhdudiyyət baza ssenarisində doludur.", "Projenin gevşettiği kapasite temel durumda dolu.", "То, что проект расширяет, в базовом сценарии заполнено."},
	"model.binding.no":      {"What the project relaxes is not full in the base: the model sees no gain in it.", "Layihənin aradan qaldırdığı məhdudiyyət baza ssenarisində dolu deyil: model fayda görmür.", "Projenin gevşettiği kapasite temel durumda dolu değil: model kazanç görmüyor.", "То, что проект расширяет, в базовом сценарии не заполнено: выигрыша модель не видит."},
	"model.binding.new":     {"It adds what was not there in the base.", "Baza ssenarisində olmayanı əlavə edir.", "Temel durumda olmayanı ekliyor.", "Добавляет то, чего в базовом сценарии нет."},
	"model.binding.unknown": {"Whether what it relaxes is full in the base is not known: the base was not run in this year.", "Bazada dolu olub-olmadığı məlum deyil: bu il üçün baza hesablanmayıb.", "Temel durumda dolu olup olmadığı bilinmiyor: temel bu yıl çözülmedi.", "Заполнено ли это в базовом сценарии, неизвестно: он не решён для этого года."},
	"model.map":             {"Compare on the map", "Xəritədə müqayisə et", "Haritada karşılaştır", "Сравнить на карте"},
	"model.adds":            {"What it adds", "Nə əlavə edir", "Ne katıyor", "Что добавляет"},
	"model.goods":           {"Which goods, on its fullest link", "Hansı yüklər (ən dolu keçiddə)", "Hangi mallar (en dolu bağlantıda)", "Какие грузы (на самом загруженном участке)"},
	"model.routes":          {"Which routes gain and lose", "Hansı marşrutlar artır və azalır", "Hangi güzergâhlar artıyor, azalıyor", "Какие маршруты выигрывают и теряют"},
	"model.links":           {"Where flows change most", "Axınların ən çox dəyişdiyi yerlər", "Akışların en çok değiştiği yerler", "Где потоки меняются больше всего"},
	"model.figure":          {"Figure", "Göstərici", "Gösterge", "Показатель"},
	"model.commodity":       {"Goods", "Yük", "Mal", "Груз"},
	"model.link":            {"Link", "Keçid", "Bağlantı", "Участок"},
	"model.from":            {"From", "Haradan", "Nereden", "Откуда"},
	"model.to":              {"To", "Haraya", "Nereye", "Куда"},
	"model.chain":           {"By", "Nə ilə", "Neyle", "Чем"},
	"model.base":            {"Base", "Baza", "Temel", "База"},
	"model.with":            {"With it", "Layihə ilə", "Projeyle", "С проектом"},
	"model.change":          {"Change", "Dəyişmə", "Değişim", "Изменение"},
	"model.note":            {"Results of the model, not observations; the base with ranges and what was observed stand on the map.", "Bunlar müşahidə deyil, model nəticələridir; intervallar və müşahidələr xəritədədir.", "Bunlar gözlem değil, model sonuçlarıdır; aralıklar ve gözlemler haritada.", "Это результаты модели, а не наблюдения; интервалы и наблюдения – на карте."},

	"pack":             {"Before the meeting", "Görüşdən əvvəl", "Toplantıdan önce", "Перед встречей"},
	"pack.of":          {"Before the meeting: %v", "Görüşdən əvvəl: %v", "Toplantıdan önce: %v", "Перед встречей: %v"},
	"pack.intro":       {"Open commitments of the agreements between the parties, what was said last, and the projects between them.", "Tərəflər arasında sazişlər üzrə açıq öhdəliklər, son deyilənlər və ortaq layihələr.", "Taraflar arasındaki anlaşmaların açık taahhütleri, son söylenenler ve ortak projeler.", "Открытые обязательства по соглашениям сторон, что сказано в последний раз и общие проекты."},
	"pack.link":        {"Before the next meeting of these parties", "Bu tərəflərin növbəti görüşündən əvvəl", "Bu tarafların sonraki toplantısından önce", "Перед следующей встречей этих сторон"},
	"pack.party":       {"Party", "Tərəf", "Taraf", "Сторона"},
	"pack.choose":      {"choose", "seçin", "seçin", "выберите"},
	"pack.show":        {"Show", "Göstər", "Göster", "Показать"},
	"pack.commitments": {"Open commitments", "Açıq öhdəliklər", "Açık taahhütler", "Открытые обязательства"},
	"pack.remarks":     {"Said and decided when they met last", "Son görüşlərdə deyilənlər və qərarlar", "Son toplantılarda söylenenler ve kararlar", "Сказано и решено на последних встречах"},
	"pack.projects":    {"Projects between the parties", "Tərəflər arasındakı layihələr", "Taraflar arasındaki projeler", "Проекты между сторонами"},
	"pack.when":        {"Date", "Tarix", "Tarih", "Дата"},
	"pack.meeting":     {"Meeting", "Görüş", "Toplantı", "Встреча"},
	"pack.who":         {"Who", "Kim", "Kim", "Кто"},
	"pack.what":        {"What", "Nə", "Ne", "Что"},
	"pack.nothing":     {"The register holds no agreement, meeting or project between these parties.", "Reyestrdə bu tərəflər arasında saziş, görüş və ya layihə yoxdur.", "Sicilde bu taraflar arasında anlaşma, toplantı ya da proje yok.", "В реестре нет соглашений, встреч или проектов между этими сторонами."},

	"check":          {"Check an OC4IDS package", "OC4IDS paketini yoxla", "OC4IDS paketini denetle", "Проверить пакет OC4IDS"},
	"check.intro":    {"Reports what breaks the standard (version 0.9.5), and what the official tool does not look at: places, sums, dates, references. The file is not kept.", "Standartı (0.9.5) pozanları və rəsmi alətin baxmadıqlarını bildirir: yerlər, cəmlər, tarixlər, istinadlar. Fayl saxlanılmır.", "Standardı (0.9.5) bozanları ve resmi aracın bakmadıklarını bildirir: yerler, toplamlar, tarihler, başvurular. Dosya saklanmaz.", "Сообщает, что нарушает стандарт (0.9.5), и то, чего не смотрит официальный инструмент: места, суммы, даты, ссылки. Файл не сохраняется."},
	"check.file":     {"Package (JSON)", "Paket (JSON)", "Paket (JSON)", "Пакет (JSON)"},
	"check.do":       {"Check", "Yoxla", "Denetle", "Проверить"},
	"check.counts":   {"Errors: %v. Warnings: %v. Notes: %v.", "Səhvlər: %v. Xəbərdarlıqlar: %v. Qeydlər: %v.", "Hatalar: %v. Uyarılar: %v. Notlar: %v.", "Ошибки: %v. Предупреждения: %v. Заметки: %v."},
	"check.breaks":   {"The package breaks the standard.", "Paket standartı pozur.", "Paket standardı bozuyor.", "Пакет нарушает стандарт."},
	"check.keeps":    {"The package keeps the standard.", "Paket standarta uyğundur.", "Paket standarda uyuyor.", "Пакет соответствует стандарту."},
	"check.findings": {"Findings", "Nəticələr", "Bulgular", "Замечания"},
	"check.severity": {"Severity", "Dərəcə", "Önem", "Важность"},
	"check.kind":     {"Kind", "Növ", "Tür", "Вид"},
	"check.where":    {"Where", "Harada", "Nerede", "Где"},
	"check.message":  {"What was expected", "Nə gözlənilirdi", "Ne bekleniyordu", "Что ожидалось"},
	"check.more":     {"and %v more: the command karvan register check tells all", "və daha %v: hamısını karvan register check əmri göstərir", "ve %v tane daha: hepsini karvan register check komutu söyler", "и ещё %v: все показывает команда karvan register check"},
	"check.nofile":   {"Choose a file first.", "Əvvəlcə fayl seçin.", "Önce bir dosya seçin.", "Сначала выберите файл."},
	"check.large":    {"The file is larger than %v MB: publish it in parts.", "Fayl %v MB-dan böyükdür: hissələrlə dərc edin.", "Dosya %v MB'den büyük: parçalar hâlinde yayımlayın.", "Файл больше %v МБ: публикуйте по частям."},

	"about":           {"About this register", "Reyestr haqqında", "Sicil hakkında", "О реестре"},
	"about.what":      {"The register keeps what governments agreed, which projects follow from it, who builds them, which companies want a part, what was said and decided when they met, and how far each promise is.", "Reyestr hökumətlərin nə razılaşdığını, bundan hansı layihələrin irəli gəldiyini, kimin tikdiyini, hansı şirkətlərin iştirak etmək istədiyini, görüşlərdə nə deyildiyini və hər vədin vəziyyətini saxlayır.", "Sicil; hükümetlerin neyde anlaştığını, bundan hangi projelerin doğduğunu, kimin yaptığını, hangi şirketlerin katılmak istediğini, toplantılarda ne söylendiğini ve her sözün nereye vardığını tutar.", "Реестр хранит, о чём договорились правительства, какие проекты из этого следуют, кто их строит, какие компании хотят участвовать, что сказано и решено на встречах и как выполняется каждое обещание."},
	"about.sources":   {"Each value is a statement with a source, a day on which it was told, and who recorded it. The small number beside a value opens them.", "Hər dəyər mənbəyi, bildirildiyi gün və qeydə alanı olan bir bildirişdir. Dəyərin yanındakı kiçik rəqəm onları açır.", "Her değer; kaynağı, bildirildiği günü ve kaydedeni olan bir bildirimdir. Değerin yanındaki küçük sayı bunları açar.", "Каждое значение – утверждение с источником, днём сообщения и тем, кто его записал. Их открывает маленькая цифра рядом со значением."},
	"about.rivals":    {"Where sources differ, the newest stands, then the weightier kind of source; the others are shown beside it.", "Mənbələr fərqlənəndə ən yenisi, sonra daha mötəbər mənbə növü götürülür; digərləri yanında göstərilir.", "Kaynaklar ayrışınca en yenisi, sonra daha ağır kaynak türü geçerlidir; ötekiler yanında gösterilir.", "Если источники расходятся, берётся новейший, затем более весомый вид источника; остальные показаны рядом."},
	"about.stale":     {"A record without evidence for two years is marked, unless what it is about is over.", "İki il məlumat olmayan qeyd işarələnir, əgər mövzusu bitməyibsə.", "İki yıldır bilgi gelmeyen kayıt, konusu bitmediyse işaretlenir.", "Запись без сведений два года помечается, если то, о чём она, не завершено."},
	"about.take":      {"The whole register", "Bütün reyestr", "Sicilin tümü", "Весь реестр"},
	"about.ndjson":    {"every statement with its history (NDJSON)", "bütün bildirişlər tarixçəsi ilə (NDJSON)", "tüm bildirimler, geçmişiyle (NDJSON)", "все утверждения с историей (NDJSON)"},
	"about.error":     {"Report an error", "Səhv bildir", "Hata bildir", "Сообщить об ошибке"},
	"about.error.how": {"Tell those who run this register the permanent address of the record, the value, and a source that says otherwise.", "Reyestri idarə edənlərə qeydin daimi ünvanını, dəyəri və başqa cür deyən mənbəni bildirin.", "Sicili işletenlere kaydın kalıcı adresini, değeri ve başka türlü söyleyen kaynağı bildirin.", "Сообщите тем, кто ведёт реестр, постоянный адрес записи, значение и источник, который говорит иначе."},

	"light.late": {"overdue", "vaxtı keçib", "gecikmiş", "просрочено"},

	"unit.tn": {"tn", "trln", "trilyon", "трлн"},
	"unit.bn": {"bn", "mlrd", "milyar", "млрд"},
	"unit.m":  {"million", "mln", "milyon", "млн"},
	"unit.km": {"km", "km", "km", "км"},
}
