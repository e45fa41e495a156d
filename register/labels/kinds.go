package labels

// kinds names the kinds of records, one and many, in the order in which people
// meet them. A source is no kind of record, but people look for it as for one.
var kinds = []struct{ one, many words }{
	{words{"programme", "Programme", "Proqram", "Program", "Программа"}, words{"programmes", "Programmes", "Proqramlar", "Programlar", "Программы"}},
	{words{"project", "Project", "Layihə", "Proje", "Проект"}, words{"projects", "Projects", "Layihələr", "Projeler", "Проекты"}},
	{words{"organisation", "Organisation", "Təşkilat", "Kuruluş", "Организация"}, words{"organisations", "Organisations", "Təşkilatlar", "Kuruluşlar", "Организации"}},
	{words{"person", "Person", "Şəxs", "Kişi", "Персона"}, words{"people", "People", "Şəxslər", "Kişiler", "Персоны"}},
	{words{"interest", "Expression of interest", "Maraq bildirişi", "İlgi beyanı", "Выражение заинтересованности"}, words{"interests", "Expressions of interest", "Maraq bildirişləri", "İlgi beyanları", "Выражения заинтересованности"}},
	{words{"meeting", "Meeting", "Görüş", "Toplantı", "Встреча"}, words{"meetings", "Meetings", "Görüşlər", "Toplantılar", "Встречи"}},
	{words{"agreement", "Agreement", "Saziş", "Anlaşma", "Соглашение"}, words{"agreements", "Agreements", "Sazişlər", "Anlaşmalar", "Соглашения"}},
	{words{"commitment", "Commitment", "Öhdəlik", "Taahhüt", "Обязательство"}, words{"commitments", "Commitments", "Öhdəliklər", "Taahhütler", "Обязательства"}},
	{words{"target", "Target", "Hədəf", "Hedef", "Целевой показатель"}, words{"targets", "Targets", "Hədəflər", "Hedefler", "Целевые показатели"}},
	{words{"investment", "Investment", "İnvestisiya", "Yatırım", "Инвестиция"}, words{"investments", "Investments", "İnvestisiyalar", "Yatırımlar", "Инвестиции"}},
	{words{"source", "Source", "Mənbə", "Kaynak", "Источник"}, words{"sources", "Sources", "Mənbələr", "Kaynaklar", "Источники"}},
}

// countries are those that the Unicode CLDR names in an old, a long or an unusual
// way (its data here are of version 32, of 2017), and what studies name beside
// countries.
var countries = []words{
	{"TR", "Türkiye", "Türkiyə", "Türkiye", "Турция"},
	{"MK", "North Macedonia", "Şimali Makedoniya", "Kuzey Makedonya", "Северная Македония"},
	{"SZ", "Eswatini", "Esvatini", "Esvatini", "Эсватини"},
	{"KG", "Kyrgyzstan", "Qırğızıstan", "Kırgızistan", "Кыргызстан"},
	{"US", "United States", "Amerika Birləşmiş Ştatları", "Amerika Birleşik Devletleri", "США"},
	{"EU", "European Union", "Avropa İttifaqı", "Avrupa Birliği", "Европейский союз"},
	{"WORLD", "World", "Dünya", "Dünya", "Весь мир"},
}
