package search

import "carefinder/internal/directory"

// This file holds what the reader knows beside the vocabulary: phrases people ask with, words that say nothing, and
// words that mean one thing here and another there. Everything is in English and Spanish; texts are folded and cut as
// questions are, and a plural stands for its singular.

// readFacets are the facets of claims a text is read into, in the order in which one of several meanings is chosen. What
// a helpline is for stays plain words: an engine looks for those in its topics anyway.
var readFacets = []directory.Facet{
	directory.Treatment, directory.Modality, directory.Condition, directory.Insurance, directory.Age, directory.Language,
	directory.Format, directory.Delivery, directory.Population, directory.Accessibility, directory.Credential,
}

// phrases are read whatever the vocabulary says of them; the terms they stand for must be in it.
var phrases = []struct {
	means []meaning
	texts []string
}{
	{[]meaning{{"kind", "therapist"}}, []string{
		"therapist", "therepist", "theripist", "counselor", "counsellor", "psychotherapist", "psychologist", "shrink", "social worker", "talk therapist",
		"terapeuta", "psicoterapeuta", "psicólogo", "psicóloga", "sicólogo", "sicóloga", "consejero", "consejera", "trabajador social", "trabajadora social",
	}},
	{[]meaning{{"kind", "prescriber"}}, []string{
		"psychiatrist", "physciatrist", "phsychiatrist", "psychatrist", "siquiatra", "prescriber", "psychopharmacologist", "psych doctor", "psych md",
		"psiquiatra", "doctor psiquiatra", "médico psiquiatra",
	}},
	{[]meaning{{"kind", "prescriber"}, {"credential", "pmhnp"}}, []string{"psychiatric nurse practitioner", "psych np", "psychiatric np"}},
	{[]meaning{{"kind", "program"}}, []string{"program", "programa"}},
	{[]meaning{{"kind", "center"}}, []string{"center", "centre", "centro"}},
	{[]meaning{{"kind", "online-service"}}, []string{"online service", "servicio en línea", "mobile app", "phone app", "therapy app", "an app", "aplicación móvil"}},
	{[]meaning{{"kind", "support-group"}}, []string{
		"support group", "peer group", "peer support group", "grupo de apoyo", "grupo de ayuda mutua",
	}},
	{[]meaning{{"kind", "helpline"}}, []string{
		"call someone", "helpline", "hotline", "help line", "hot line", "crisis text line", "warmline", "warm line", "support line", "lifeline",
		"someone to talk to", "somebody to talk to", "anyone to talk to", "need to talk to someone", "talk to someone", "talk with someone", "someone to talk with",
		"someone to listen", "need to talk", "talk to somebody", "who can i talk to", "who can i call", "someone i can talk to", "number to call", "cant stop crying", "feel so alone", "feel alone", "so lonely", "im lonely", "nothing helps", "dont know what to do", "so sad", "very sad",
		"línea de ayuda", "línea de apoyo", "línea de emergencia", "me siento sola", "me siento solo", "me siento muy sola", "me siento muy solo", "no paro de llorar", "me pega", "me golpea", "muy triste", "no sé qué hacer", "teléfono de la esperanza", "alguien con quien hablar",
		"hablar con alguien", "con quien hablar", "con quien puedo hablar", "necesito hablar", "quien me escuche", "a quien puedo llamar",
	}},
	{[]meaning{{"kind", "helpline"}, {"delivery", "chat"}}, []string{
		"text line", "chat line", "text or chat line", "chat or text line", "text helpline", "chat helpline", "text hotline", "chat hotline", "text someone", "someone to text", "text with someone", "chat with someone", "someone to chat with",
		"línea de chat", "chat de ayuda", "chat de crisis", "chatear con alguien", "alguien con quien chatear",
	}},
	{[]meaning{{"kind", "support-group"}, {"condition", "substance-use"}}, []string{
		"aa meeting", "na meeting", "alcoholics anonymous", "narcotics anonymous", "alcohólicos anónimos", "narcóticos anónimos",
	}},
	{[]meaning{{"kind", "helpline"}, {"topic", "crisis"}}, []string{"crisis line", "crisis hotline", "crisis helpline", "crisis number", "crisis phone line", "línea de crisis", "teléfono de crisis"}},
	{[]meaning{{"open_now", "true"}}, []string{
		"open now", "open right now", "open today", "24 7", "24 hours", "24 hour", "around the clock", "abierto ahora", "abierta ahora", "abiertos ahora", "24 horas",
		"available right now", "available now", "disponible ahora",
	}},
	{[]meaning{{"free", "true"}}, []string{
		"free", "free of charge", "at no cost", "no cost", "gratis", "gratuito", "gratuita", "gratuitamente", "without paying", "sin pagar", "sin costo", "sin coste", "de balde",
	}},
	{[]meaning{{"sliding_scale", "true"}}, []string{
		"sliding scale", "sliding fee", "sliding fee scale", "sliding", "low cost", "low income", "low fee", "reduced fee", "affordable", "cheap", "inexpensive", "cant afford", "low budget", "income based",
		"escala móvil", "tarifa según ingresos", "tarifa reducida", "según ingresos", "bajo costo", "bajo coste", "bajos ingresos", "bajos recursos", "barato", "económico", "económica", "asequible", "no puedo pagar", "no tengo dinero",
	}},
	{[]meaning{{"accepting", "yes"}}, []string{
		"accepting new patients", "accepting new clients", "accepting patients", "accepting clients", "taking new patients", "taking new clients", "taking patients", "takes new patients", "new patients",
		"new clients", "accepting new pts", "taking new pts", "new pts", "with openings", "has openings", "with availability", "no waitlist", "no wait list", "no waiting list", "without a waitlist",
		"acepta pacientes nuevos", "aceptan pacientes nuevos", "acepta nuevos pacientes", "aceptan nuevos pacientes", "acepta pacientes", "aceptan pacientes", "pacientes nuevos", "nuevos pacientes", "sin lista de espera",
	}},
	{[]meaning{{"insurance", "self-pay"}}, []string{
		"no insurance", "uninsured", "without insurance", "dont have insurance", "sin seguro", "sin seguro médico", "no tengo seguro",
	}},
	{[]meaning{{"insurance", "oscar"}}, []string{"oscar"}},
	{[]meaning{{"insurance", "molina"}}, []string{"molina"}},
	{[]meaning{{"insurance", "magellan"}}, []string{"magellan"}},
	{[]meaning{{"condition", "treatment-resistant-depression"}}, []string{
		"treatment resistant depression", "treatment resistant", "drug resistant depression", "resistant depression", "depresión resistente", "depresión resistente al tratamiento", "depresión refractaria",
		"depression that meds dont fix", "depression meds dont fix", "depression meds dont help", "depression meds dont work", "depression meds arent working", "depression that wont go away",
		"meds dont fix", "meds dont work", "meds dont help", "meds arent working", "meds not working", "meds stopped working", "meds havent worked", "meds didnt work", "medication doesnt work", "medication isnt working",
		"medication not working", "medications dont work", "medications havent worked", "antidepressants dont work", "antidepressants not working", "antidepressants havent worked", "antidepressants didnt work",
		"nothing works", "nothing has worked", "nothing is working", "pills dont work", "ssris dont work", "tried everything", "tried every medication",
		"los medicamentos no funcionan", "los medicamentos no me funcionan", "medicamentos no funcionan", "medicinas no funcionan", "las medicinas no me ayudan", "los medicamentos no ayudan", "los antidepresivos no funcionan",
		"los antidepresivos no me funcionan", "antidepresivos no funcionan", "pastillas no funcionan", "las pastillas no me hacen efecto", "medicamentos no me hacen efecto", "nada me funciona", "nada funciona", "ningún medicamento me sirve", "ningún medicamento me funciona", "ningún medicamento funciona", "ninguna medicina me sirve", "ningún antidepresivo me sirve", "ningún antidepresivo me funciona", "no mejora con medicamentos", "no responde a medicamentos",
	}},
	{[]meaning{{"condition", "suicidality"}}, []string{
		"cutting", "cuts himself", "cuts herself", "cutting himself", "cutting herself", "cutting myself", "self harm", "self harming", "self injury", "harming himself", "harming herself", "hurting himself", "hurting herself",
		"cortarse", "se corta", "se está cortando", "se hace cortes", "autolesión", "autolesiones", "se autolesiona", "se lastima", "se hace daño", "suicidal", "suicidal thoughts", "suicidal ideation",
	}},
	{[]meaning{{"age", "teen"}}, []string{
		"teen", "teenager", "teenage", "adolescent", "adolescence", "tween", "high schooler", "adolescente", "adolescencia", "quinceañera",
	}},
	{[]meaning{{"age", "child"}}, []string{
		"child", "children", "kid", "kids", "childrens", "little boy", "little girl", "toddler", "elementary school", "pediatric", "niño", "niña", "infantil", "pediátrico", "pediátrica",
	}},
	{[]meaning{{"age", "young-adult"}}, []string{"young adult", "college age", "early twenties", "twenties", "joven adulto", "jóvenes adultos", "adultos jóvenes", "adulto joven"}},
	{[]meaning{{"age", "older-adult"}}, []string{
		"senior", "elderly", "older adult", "elder", "geriatric", "old age", "retired", "anciano", "anciana", "adulto mayor", "adultos mayores", "tercera edad", "personas mayores", "geriátrico", "geriátrica",
	}},
	{[]meaning{{"population", "students"}}, []string{"college student", "university student", "student", "grad student", "estudiante", "estudiantes universitarios"}},
	{[]meaning{{"population", "first-responders"}}, []string{"first responder", "police officer", "firefighter", "paramedic", "policía", "bombero"}},
	{[]meaning{{"language", "es"}}, []string{"spanish", "spanish speaking", "hispanohablante", "español", "habla español", "en español", "castellano"}},
	{[]meaning{{"delivery", "video"}}, []string{"video call", "tele therapy", "over video", "from home", "en línea", "por internet", "a distancia", "desde casa"}},
	{[]meaning{{"delivery", "phone"}}, []string{"by phone", "over the phone", "on the phone", "por teléfono"}},
	{[]meaning{{"delivery", "chat"}}, []string{"by text", "over text", "by chat", "text or chat", "chat or text", "por chat", "por mensaje", "por mensajes"}},
	{[]meaning{{"delivery", "phone"}, {"delivery", "chat"}}, []string{
		"call or text", "text or call", "phone or text", "phone or chat", "llamar o escribir", "teléfono o chat", "teléfono o mensaje", "por teléfono o por chat", "por teléfono o chat",
	}},
	{[]meaning{{"format", "partial-hospital"}}, []string{"day program", "day treatment", "partial program", "hospital de día"}},
	{[]meaning{{"format", "inpatient"}}, []string{"psych ward", "psychiatric hospital", "hospitalized", "hospital psiquiátrico", "internamiento"}},
	{[]meaning{{"format", "residential"}}, []string{"residential treatment", "residential program", "centro residencial"}},
	{[]meaning{{"format", "intensive-outpatient"}}, []string{"intensive outpatient"}},
	{[]meaning{{"format", "individual"}}, []string{"one on one", "1 on 1", "one to one", "1 to 1", "uno a uno"}},
	{[]meaning{{"format", "group"}}, []string{"group therapy", "terapia grupal", "terapia de grupo"}},
	{[]meaning{{"condition", "grief"}}, []string{"loss of a loved one", "grief counseling", "grief and loss", "lost my husband", "lost my wife", "lost my mom", "lost my dad", "lost my son", "lost my daughter", "perdí a mi hijo", "perdí a mi esposo", "perdí a mi madre"}},
	{[]meaning{{"condition", "insomnia"}}, []string{"cant sleep", "trouble sleeping", "sleep disorder", "no puedo dormir"}},
	{[]meaning{{"condition", "psychosis"}}, []string{"hearing voices", "hears voices", "oye voces", "oigo voces"}},
	{[]meaning{{"condition", "perinatal-depression"}}, []string{"baby blues", "postpartum anxiety"}},
	{[]meaning{{"condition", "substance-use"}}, []string{"drug addiction", "drug abuse", "drug rehab", "drinking problem", "adicciones"}},
	{[]meaning{{"condition", "ptsd"}}, []string{"post traumatic stress", "ptsd", "trauma", "childhood trauma"}},
	{[]meaning{{"population", "perinatal"}}, []string{"new mom", "new mother", "new mothers", "expecting mother", "madre primeriza"}},
	{[]meaning{{"population", "survivors"}}, []string{"abuse survivor", "survivor of abuse", "survivors of abuse", "domestic violence", "sexual assault", "sexual abuse", "violencia doméstica", "abuso sexual"}},
	{[]meaning{{"population", "veterans"}}, []string{"veteran", "veterans", "ex military"}},
	{[]meaning{{"language", "zh"}}, []string{"chinese speaking", "mandarin speaking"}},
	{[]meaning{{"accessibility", "wheelchair"}}, []string{"wheelchair access", "wheelchair accessible", "wheelchair friendly"}},
	{[]meaning{{"treatment", "ect"}}, []string{"shock treatment", "electric shock", "terapia de choque", "electro shock"}},
	{[]meaning{{"treatment", "neuropsychiatry-consult"}}, []string{"neuropsychiatrist", "neuropsiquiatra"}},
	{[]meaning{{"condition", "bipolar-depression"}}, []string{"bi polar", "manic depressive"}},
	{[]meaning{{"age", "adult"}}, []string{"adult", "adulto", "adulta"}},
	{[]meaning{{"insurance", "out-of-network"}}, []string{"out of network", "fuera de la red"}},
	{[]meaning{{"treatment", "esketamine"}}, []string{"nasal spray", "spray nasal", "aerosol nasal", "nasal ketamine", "ketamine nasal spray"}},
	{[]meaning{{"treatment", "ketamine"}}, []string{"ketamine therapy", "ketamine treatment", "ketamine infusions"}},
	{[]meaning{{"treatment", "medication-management"}}, []string{"med management", "meds management", "psychiatric medication", "medication manager", "refill", "prescribe antidepressants", "prescribes antidepressants", "recete antidepresivos", "receta antidepresivos", "recetar antidepresivos", "recetan antidepresivos"}},
	{[]meaning{{"delivery", "in-person"}}, []string{"in person", "in office", "presencial", "en persona", "cara a cara", "face to face"}},
	{[]meaning{{"accessibility", "asl-interpreter"}}, []string{"asl interpreter", "sign language interpreter", "deaf interpreter", "intérprete de señas", "intérprete de lengua de señas"}},
}

// What a helpline is for goes by topics. topicNames are more of their names, done what is said of them by who does it, topicOf
// the topics that other terms are under another code, dangers those that ask for a helpline by themselves, and notTopics
// names that mean too much.
var (
	topicNames = map[string][]string{
		"suicide":           {"suicide prevention", "prevención del suicidio", "suicidal thoughts"},
		"domestic-violence": {"domestic abuse", "violencia doméstica", "violencia machista", "violencia intrafamiliar", "mujer maltratada", "battered woman", "abusive relationship", "battered", "scared of my husband", "scared of my boyfriend"},
		"sexual-assault":    {"raped", "violación", "sexual violence", "abuso sexual"},
		"child-abuse":       {"abuso infantil", "abuso de menores"},
		"depression":        {"depression", "depresión"},
		"poison":            {"poison control", "poison center", "control de envenenamiento"},
	}
	// done are dangers by who does what: each of those does each of these.
	done = []struct{ topic, who, what string }{
		{
			"domestic-violence", "husband,boyfriend,bf,wife,girlfriend,gf,partner,ex,fiance,he,hes",
			"hits me,hit me last night,hit me again,hit me today,is hitting me,hitting me,beats me,beating me,is beating me,choked me,chokes me,choking me,is choking me,strangled me,punched me,kicks me,threatens me,threatened me,wont let me leave",
		},
		{
			"domestic-violence", "marido,esposo,novio,pareja,ex",
			"me pega,me pegó,me está pegando,me golpea,me golpeó,me está golpeando,me maltrata,me ahorcó,me amenaza,me amenazó,me quiere matar,no me deja salir,me tiene encerrada",
		},
		{"child-abuse", "dad,father,mom,mother,stepdad,stepfather,stepmom,uncle,coach,teacher", "hits me,beats me,touches me,touched me,molests me,molested me,rapes me"},
		{"child-abuse", "papá,mamá,padrastro,madrastra,tío,abuelo,profesor", "me pega,me golpea,me maltrata,me viola,me manosea"},
	}
	topicOf = map[meaning]string{
		{"condition", "suicidality"}: "suicide", {"age", "teen"}: "youth", {"age", "child"}: "youth", {"age", "older-adult"}: "older-adults",
		{"condition", "perinatal-depression"}: "perinatal",
	}
	dangers   = map[string]bool{"domestic-violence": true, "sexual-assault": true, "child-abuse": true, "poison": true}
	harmless  = set("up to") // behind a danger: hit me up, beat me to it
	notTopics = set("information referral police fire ambulance elder maternal trans gay lesbian bisexual")
	lineWords = set("line phone telephone number call linea telefono numero llamar text")
)

// guard is what must stand around a phrase that means something else as often: one of the conditions is enough.
type guard struct {
	texts  []string
	after  map[string]bool // the word before it
	before map[string]bool // the word behind it
	caps   bool            // it is in capitals, in a text that isn't
	beside bool            // something understood stands right before or behind it
	not    map[string]bool // words beside it that forbid it
}

var guards = []guard{
	{texts: []string{"act"}, caps: true, before: set("therapy therapist terapia treatment skills group grupo based"), after: set("cbt dbt or terapia and")},
	{texts: []string{"sad"}, caps: true, before: set("lamp light disorder")},
	{texts: []string{"add"}, caps: true, before: set("adhd medication testing evaluation specialist diagnosis meds"), after: set("with adult has for and")},
	{texts: []string{"md", "do", "pa"}, before: set("psychiatrist")},
	{texts: []string{"mi"}, before: set("therapy")},
	{texts: []string{"ba"}, before: set("therapy")},
	{texts: []string{"va", "chip", "beacon", "horizon", "oscar", "molina", "magellan", "community care", "oscar health"}, after: payerVerbs, before: set("insurance seguro health plan ppo hmo benefits coverage community")},
	{texts: []string{"kaiser", "anthem", "highmark", "carelon"}, not: set("foundation family")},
	{texts: []string{"black"}, after: set("for a"), before: set("therapist therapists woman women man men people community clients psychiatrist counselor female male psychologist")},
	{texts: []string{"text", "sms", "messaging", "phone", "chat", "telephone", "teléfono", "office", "virtual", "video"}, after: set("by via over through por or o on"), beside: true, before: set("therapy session sessions visits appointments counseling only")},
	{texts: []string{"fire", "police", "ems", "doctors", "nurses", "physicians"}, after: set("for para")},
	{texts: []string{"analysis", "analytic"}, before: set("therapy")},
	{texts: []string{"bus", "subway", "parking", "translation", "ramp", "lift", "elevator", "ascensor", "interpreter"}, after: set("with near has by con")},
	{texts: []string{"group", "grupal", "couples", "family", "individual", "pareja", "familiar", "families"}, beside: true, before: set("therapy counseling terapia sessions therapist"), after: set("terapia for consejería para")},
	{texts: []string{"residential", "inpatient"}, not: set("construction")},
	{texts: []string{"college", "university", "court ordered"}, before: set("student students")},
	{texts: []string{"without paying", "sin pagar"}, not: set("out de")},
	{texts: []string{"free"}, not: set("drug smoke sugar alcohol gluten from of toll")},
	{texts: []string{"center", "centre", "centro", "program", "programa"}, beside: true},
	{texts: []string{"trauma"}, not: set("brain head")},
	{texts: []string{"alcohol"}, not: set("free")},
	{texts: []string{"cutting"}, not: set("edge hair board down back costs corners class grass lawn ties weight")},
	{texts: []string{"cash"}, after: set("pay by with accept accepts take takes pays"), before: set("pay price rate only")},
	{texts: []string{"senior", "retired", "elder"}, not: set("manager moment year")},
	{texts: []string{"sliding", "cheap"}, not: set("door")},
	{texts: []string{"translation", "worry", "fire"}, after: set("with for"), beside: true},
	{texts: []string{"tea", "toc", "tca", "tip", "env", "emt", "tec", "tdc"}, caps: true, beside: true, before: set("para en cerca tratamiento"), after: set("con para de y terapia el tratamiento")},
	{texts: []string{"pe", "sud", "cps", "snt", "saint", "pst"}, caps: true},
	{texts: []string{"is", "dari", "cree"}, after: set("speaks speak speaking in")},
	{texts: []string{"drugs", "drogas"}, not: set("free resistant interaction interactions court store")},
	{texts: []string{"adult", "adulto", "adulta"}, not: set("children child hijos day")},
	{texts: []string{"student"}, not: set("loan loans")},
}

// lets reports whether what stands around the tokens from..to lets the phrase mean what the tables say.
func (g *guard) lets(s *scan, from, to int) bool {
	switch {
	case s.is(from-1, g.not), s.is(to+1, g.not):
		return false
	case g.after == nil && g.before == nil && !g.caps && !g.beside:
		return true
	case s.is(from-1, g.after), s.is(to+1, g.before):
		return true
	case g.caps && s.tokens[from].capitals && !s.shouted:
		return true
	}
	return g.beside && s.understood(from, to)
}

// understood reports whether a word beside the tokens was read or begins a phrase.
func (s *scan) understood(from, to int) bool {
	if from > 0 && s.tokens[from-1].use == read {
		return true
	}
	node, _ := s.walk(to+1, len(s.tokens)-1, s.means)
	return node > 0
}

// payerVerbs lead to an insurer.
var payerVerbs = set("takes take taking accepts accept accepting by with through insurance insurer has have covers under acepta aceptan aceptando con por seguro tengo")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range Words(words) {
		m[w] = true
	}
	return m
}

// idle are words that say nothing by themselves, whatever else is asked.
var idle = set(`a an the and or of for with to in on at by from near around about as is are be am was i im ive me my mine our we us you your he she they
 his her him them their it its this that these those who whom which what where when how there here some any someone somebody anyone do does did done dont doesnt can could would should will
 need needs want wants looking look find finding search searching seeking seek get getting gets got have has had takes take taking accepts accept accepting covered covers cover coverage insurance through via
 please help speaks speak speaking spoken offers offer offering provides provide providing treats treat treating specializes specialize specializing specialising specialise specializing specialised specialized
 good best great top close nearby local soon asap now today tonight right just really very also but not no so if out up into than then whose like use using uses go going goes recommend recommended recommendations
 must able available same day much many cost costs price cuanto cuesta within miles mile km mi area based experience experienced experiences expert struggling suffering suffers dealing feeling feel feels having trying try think thinking know
 un una unos unas el la los las lo y o u de del al a en con para por cerca que quien quienes donde cual como cuando es son esta este estos estas estoy soy mi mis su sus tu tus yo me te se le les nos
 necesito necesita necesitamos busco buscar buscando buscamos quiero queremos quisiera encontrar hay tiene tienen tengo tener acepta aceptan acepte acepten aceptando cubre cubren cubra cubran cubierto cubierta seguro habla hablan hable hablen hablando atiende atienden
 sufre sufro padece padezco siento sentir ofrece ofrecen trata tratan ayuda ayudan ayudar favor algun alguna alguien uno muy mas tambien pero no si ya ahora hoy sea ser esten dentro menos millas milla kilometros
 trate traten ofrezca tome toma toman`)

// weakWords say what every listing is: they are worth asking for only when nothing else was understood.
var weakWords = set(`therapy therapies treatment treatments care service services clinic clinics provider providers specialist specialists practice practices
 doctor doctors dr office appointment appointments session sessions counseling counselling consult consultation consultations evaluation assessment options option resources resource support mental health
 place places people person patient patients client clients problem problems issue issues disorder disorders symptoms severe chronic bad
 line lines number call talk talking speak listen medical professional professionals facility facilities hospital hospitals meeting meetings price prices speaking friendly informed affirming certified licensed
 terapia terapias tratamiento tratamientos clinica clinicas consultorio consulta servicio servicios medico medica medicos doctora especialista especialistas profesional profesionales cita citas opciones recursos apoyo
 salud mental persona personas paciente pacientes problemas problema linea lineas numero llamar hablar precio precios reunion reuniones hospital hospitales centro centros center centers programa program programs`)

// forDepression are the treatments given for depression first of all: the word says no more beside them.
var (
	depression    = set("depression depressed depresion deprimido deprimida depressive")
	forDepression = map[string]bool{
		"tms": true, "dtms": true, "itbs": true, "accelerated-tms": true, "ect": true, "esketamine": true, "ketamine": true, "vns": true, "dbs": true, "trd-consult": true,
	}
)

// whenWords say when: no listing is asked for that, but what it says of itself may tell.
var whenWords = set("weekend weekends weekday weekdays evening evenings morning mornings saturday saturdays sunday sundays sabado sabados domingo domingos noche noches")

// relatives are people a question is asked for; beside anything understood they say no more.
var relatives = set(`son daughter child kid boy girl teen teenager brother sister mom mother mum dad father husband wife partner boyfriend girlfriend friend nephew niece grandson granddaughter grandma grandpa grandmother grandfather cousin stepson stepdaughter
 hijo hija nino nina chico chica hermano hermana mama madre papa padre esposo esposa pareja novio novia amigo amiga sobrino sobrina nieto nieta abuelo abuela primo prima adolescente spouse parent parents baby family`)

// pleas ask for nothing but someone: where they are all there is, a helpline is meant.
var pleas = set("help ayuda ayudenme ayudame auxilio socorro sos emergency emergencia urgent urgente crisis")

var (
	owners      = set("my our a his her their mi mis un una nuestro nuestra su")
	ageWords    = set("is aged age a who whos turned just now old of tiene tiene de es edad que cumplio")
	agedWords   = set("aged age tiene edad turned cumplio")
	yearWords   = set("year years yr yrs yo old olds y o ano anos")
	withinWords = set("within less than under in a menos de radius radio un up to no more dentro en about of")
	denials     = set("no not without never sin nunca non anti excluding except")
	nowWords    = set("now tonight immediately ahora right ya")
)

// units are those of length, as the parameter takes them.
var units = map[string]string{
	"mile": "mi", "miles": "mi", "mi": "mi", "milla": "mi", "millas": "mi",
	"km": "km", "kms": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km", "kilometres": "km", "kilometro": "km", "kilometros": "km",
}

// Words around a place.
var (
	nearWords    = set("near nearby around close within outside from cerca alrededor cercano cercana junto")
	inWords      = set("in at by en por de del to of")
	ofWords      = set("of de del")
	placeFillers = set("to of de the area greater downtown metro region zona city ciudad centro el la los")
	titles       = set("dr doctor mr mrs ms saint mount fort university san universidad named called")
	institutions = set("hospital hospitals medical clinic center centre institute general memorial university college school house foundation health healthcare system methodist presbyterian children childrens centro instituto clinica universidad")
	months       = set("may march april june july august january february september october november december marzo abril mayo junio julio agosto enero")
	moods        = set("hell hope pain love peace need crisis trouble grace recovery mind general particular need shock danger fear between")
	joiners      = set("in or me la de")
	wordStates   = set("ok oh hi id al co pa ma do")
)

// states are the words a city's state or country ends in.
var states = set(`al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr gu vi
 alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska
 nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania island tennessee texas utah vermont virginia washington wisconsin wyoming columbia rico guam
 ab bc mb nb nl ns on pe qc sk alberta manitoba ontario quebec saskatchewan brunswick nova scotia nsw vic qld sa tas act nt victoria queensland tasmania
 canada uk england scotland wales ireland australia zealand spain espana france germany italy portugal usa us india japan brazil brasil alemania francia italia unidos eeuu unido argentina colombia peru chile cuba ecuador guatemala honduras panama uruguay venezuela`)

// vague are words of the vocabulary that by themselves stand for none of its terms.
var vague = set(`antidepressants antidepresivos antidepressant antidepresivo talk blues drug depression depresion disorder individual text fire general counseling counselling consejeria hospital lift ramp cash worry crisis office supportive support analysis translation interpreter
 people physician fisico medico information referral en`)

// ordinary are words that are the names of towns too: they are read as such only where something leads to them.
var ordinary = set(`reading mobile orange hope nice bath hell cary march independence normal surprise aurora marion salem may liberty union golden enterprise commerce opportunity progress peace grace faith mission best male
 act central harmony friendship freedom justice concord beacon eden eureka fountain garden gardens general golf green grove harbor haven heart hillside home lake lakeside leisure life love moody mountain new norm ocean park paradise
 parks plain plains pleasant pride prosper purpose rescue rest river riverside rock rose round sand security shelter silver social south spring springs star start steady summit sun sunrise sunset temple triumph trust truth valley victory view
 village vista west east north woods young youth clay jordan chad turkey kelly dale troy tyler carlos angel san santa cruz paz hay
 mental health care therapy group center clinic hospital program service doctor sad happy bipolar panic anxiety stress anger addiction trauma eating sleep man woman men women child family couples support
 la sol rosa brandon clinton rich mann perry logan howard bishop barry`)
