package main

// titles are names in other languages, written by the builder. They carry the
// source karvan-translation, so that readers see that no document gives them.
var titles = map[string]map[string]string{
	"karabakh":        {"az": "Qarabağda bərpa layihələri", "tr": "Karabağ'da yeniden imar projeleri", "ru": "Проекты восстановления в Карабахе"},
	"middle-corridor": {"az": "Bakı-Tbilisi-Qars və Orta Dəhliz", "tr": "Bakü-Tiflis-Kars ve Orta Koridor", "ru": "Баку-Тбилиси-Карс и Срединный коридор"},
	"nakhchivan":      {"az": "Naxçıvana yollar", "tr": "Nahçıvan yolları", "ru": "Пути в Нахчыван"},
	"energy":          {"az": "Neft və qaz kəmərləri", "tr": "Petrol ve doğal gaz boru hatları", "ru": "Нефте- и газопроводы"},

	"agr-shusha-2021": {"az": "Müttəfiqlik münasibətləri haqqında Şuşa Bəyannaməsi", "tr": "Müttefiklik İlişkileri Hakkında Şuşa Beyannamesi", "ru": "Шушинская декларация о союзнических отношениях"},

	"prj-horadiz-agbend":      {"az": "Horadiz-Ağbənd dəmir yolu", "tr": "Horadiz-Ağbend demiryolu", "ru": "Железная дорога Горадиз-Агбенд"},
	"prj-barda-aghdam":        {"az": "Bərdə-Ağdam dəmir yolu", "tr": "Berde-Ağdam demiryolu", "ru": "Железная дорога Барда-Агдам"},
	"prj-aghdam-khankendi":    {"az": "Ağdam-Xankəndi dəmir yolu", "tr": "Ağdam-Hankendi demiryolu", "ru": "Железная дорога Агдам-Ханкенди"},
	"prj-btk":                 {"az": "Bakı-Tbilisi-Qars dəmir yolu", "tr": "Bakü-Tiflis-Kars demiryolu", "ru": "Железная дорога Баку-Тбилиси-Карс"},
	"prj-btk-upgrade":         {"az": "BTQ-nin Gürcüstan hissəsinin yenilənməsi", "tr": "BTK'nin Gürcistan kesiminin yenilenmesi", "ru": "Модернизация грузинского участка БТК"},
	"prj-kars-nakhchivan":     {"az": "Qars-İğdır-Aralıq-Dilucu dəmir yolu", "tr": "Kars-Iğdır-Aralık-Dilucu demiryolu", "ru": "Железная дорога Карс-Ыгдыр-Аралык-Дилуджу"},
	"prj-sadarak-julfa":       {"az": "Sədərək-Naxçıvan-Culfa dəmir yolu", "tr": "Sederek-Nahçıvan-Culfa demiryolu", "ru": "Железная дорога Садарак-Нахчыван-Джульфа"},
	"prj-meghri-rail":         {"az": "Mehri hissəsi dəmir yolu", "tr": "Meğri kesimi demiryolu", "ru": "Железная дорога, участок Мегри"},
	"prj-victory-road":        {"az": "Zəfər Yolu", "tr": "Zafer Yolu", "ru": "Дорога Победы"},
	"prj-shusha-highway":      {"az": "Əhmədbəyli-Füzuli-Şuşa avtomobil yolu", "tr": "Ahmedbeyli-Fuzuli-Şuşa otoyolu", "ru": "Автодорога Ахмедбейли-Физули-Шуша"},
	"prj-agbend-highway":      {"az": "Horadiz-Cəbrayıl-Zəngilan-Ağbənd avtomobil yolu", "tr": "Horadiz-Cebrayıl-Zengilan-Ağbend otoyolu", "ru": "Автодорога Горадиз-Джебраил-Зангилан-Агбенд"},
	"prj-toghanali-kalbajar":  {"az": "Toğanalı-Kəlbəcər-İstisu yolu", "tr": "Toğanalı-Kelbecer-İstisu yolu", "ru": "Дорога Тоганалы-Кяльбаджар-Истису"},
	"prj-kalbajar-lachin":     {"az": "Kəlbəcər-Laçın yolu", "tr": "Kelbecer-Laçın yolu", "ru": "Дорога Кяльбаджар-Лачин"},
	"prj-khudafarin-lachin":   {"az": "Xudafərin-Qubadlı-Laçın yolu", "tr": "Hudaferin-Gubadlı-Laçın yolu", "ru": "Дорога Худаферин-Губадлы-Лачин"},
	"prj-fuzuli-airport":      {"az": "Füzuli beynəlxalq hava limanı", "tr": "Fuzuli uluslararası havalimanı", "ru": "Международный аэропорт Физули"},
	"prj-zangilan-airport":    {"az": "Zəngilan beynəlxalq hava limanı", "tr": "Zengilan uluslararası havalimanı", "ru": "Международный аэропорт Зангилан"},
	"prj-lachin-airport":      {"az": "Laçın beynəlxalq hava limanı", "tr": "Laçın uluslararası havalimanı", "ru": "Международный аэропорт Лачин"},
	"prj-alat-port1":          {"az": "Bakı limanı, Ələt, 1-ci mərhələ", "tr": "Bakü limanı, Alat, 1. aşama", "ru": "Порт Баку в Алят, 1-я очередь"},
	"prj-alat-port2":          {"az": "Bakı limanı, Ələt, genişlənmə", "tr": "Bakü limanı, Alat, genişleme", "ru": "Порт Баку в Алят, расширение"},
	"prj-btc":                 {"az": "Bakı-Tbilisi-Ceyhan boru kəməri", "tr": "Bakü-Tiflis-Ceyhan boru hattı", "ru": "Нефтепровод Баку-Тбилиси-Джейхан"},
	"prj-scp":                 {"az": "Cənubi Qafqaz Boru Kəməri", "tr": "Güney Kafkasya Boru Hattı", "ru": "Южно-Кавказский трубопровод"},
	"prj-tanap":               {"az": "Trans-Anadolu boru kəməri", "tr": "Trans-Anadolu boru hattı", "ru": "Трансанатолийский газопровод"},
	"prj-tap":                 {"az": "Trans-Adriatik boru kəməri", "tr": "Trans-Adriyatik boru hattı", "ru": "Трансадриатический газопровод"},
	"prj-sgc":                 {"az": "Cənub Qaz Dəhlizi", "tr": "Güney Gaz Koridoru", "ru": "Южный газовый коридор"},
	"prj-igdir-nakhchivan":    {"az": "İğdır-Naxçıvan qaz kəməri", "tr": "Iğdır-Nahçıvan doğal gaz boru hattı", "ru": "Газопровод Ыгдыр-Нахчыван"},
	"prj-dost-agropark":       {"az": "Dost Aqropark", "tr": "Dost Tarım Parkı", "ru": "Дост Агропарк"},
	"prj-fertiliser-terminal": {"az": "Bakı limanında gübrə terminalı", "tr": "Bakü limanında gübre terminali", "ru": "Терминал удобрений в порту Баку"},
}
