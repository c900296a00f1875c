package search

// between are words that stand between the words of a phrase of crisis without changing what it says.
var between = set(`i im am to just really so very still honestly literally the a an be gonna going go and of that only even truly please been ive always about right
 el la los las un una muy tan ya a de que por favor estoy en siento siempre`)

// notTypos are words one letter away from a word of the phrases that mean something else.
var notTypos = set(`noise skilling filling billing willing milling drilling chilling spilling calling pulling rolling telling selling feeling falling
 putting contarme contarse portarse portarme montarse contarle petting setting sitting getting letting wanting buying drying lying tying trying frying diving dining driving doing
 matter mother motor actor mayor mejor lugar jugar pagar llamar morar mover
 harmony charm thurs first thirst worst burst ender tender gender render sender
 living loving leaving wives lives liver river giver hanging banging changing ranging hunting
 jumps bumps dumps pumps pills bills hills fills mills wills kills skills drills
 shoot shook shout short shore store sleep sheep steep better letter bitter butter batter
 blaming coaching alone stone alive olive drive
 corto corte cortes corta carta marta muerta puerta huerta marte parte norte suerte fuerte
 vivir vivid vida vive viva matar mata mate`)

// crisisClasses name sets of words that the phrases write in capitals.
const crisisClasses = `
SELF: myself himself herself themself themselves urself yourself ourselves meself mysel hisself
MY: my his her their our
WISH: want wants wanted wanting wanna wana wna wan wnat wish wishes wishing hope hoping ready rather prefer deserve should
MEAN: tryna going gonna gunna will want wants wanna planning plan plans trying tried thinking thoughts might says threatened threatens threatening talked talking considering ready
NOT: hates dont not never no doesnt didnt wouldnt wont cant cannot without hate
LIVE: live livin living exist existing alive life
KILL: kill kills killin killing hang hanging hung shoot shooting stab off offing end ending unalive unaliving hurt hurting harm harming cut poison choke suffocate strangle rope delete
MANY: all whole bottle bunch many much entire every handful lots box pack too
PILLS: pills pill meds medication medicine tylenol ibuprofen advil aspirin tablets xanax insulin benadryl capsules prescription ambien zolpidem klonopin percocet oxycodone seroquel trazodone lithium gabapentin opioids
HIGH: garage parking bridge roof rooftop building balcony ledge window cliff overpass train trains tracks subway platform traffic highway freeway bus truck
HARD: tree wall pole river lake ocean traffic truck ditch
GUN: gun guns pistol rifle shotgun revolver glock firearm firearms noose
FEAR: fear fears afraid scared terrified phobia panic worry worries worried anxiety attack attacks
WORK: training trainings course courses class classes conference coalition foundation workshop webinar gatekeeper curriculum volunteer research certification certificate ceu
LOSS: loss losing lost grief grieving bereavement bereaved survivors survivor died death mourning widow widowed postvention
QUIERO: quiero quisiera kiero quero deseo queria quise anhelo pienso pensando intente intento planeo ganas prefiero preferiria
QUIERE: quiso quise quiere quisiera queria quieren piensa intenta intento amenaza amenazo trata trato va
MORIRSE: mori morir morirme morirse matarme matarse suicidarme suicidarse ahorcarme ahorcarse colgarse dispararme envenenarme desvivirme desvivirse
NEG: no yano sin ni perdi perdio nunca tampoco
PUENTE: puente tren trenes metro subte bondi camion balcon edificio techo azotea vias ventana carro carros barranco cornisa rio piso
TIRARSE: tirar aventar lanzar arrojar botar echar saltar brincar tirarme tirarse aventarme aventarse lanzarme lanzarse arrojarme arrojarse saltarme
MUCHAS: muchas muchos todas todos demasiadas varias frasco caja blister monton bote punado
PASTILLAS: pastillas pastilla pildoras medicinas medicamentos remedios pepas frasco caja blister bote clonazepam
ARMA: arma pistola revolver escopeta soga
MIEDO: miedo temor panico ansiedad fobia ataque ataques susto angustia
TALLER: taller talleres curso cursos capacitacion formacion diplomado charla seminario congreso entrenamiento webinar voluntariado campana
DUELO: duelo perdida perdidas perdi perdio perdimos luto sobreviviente sobrevivientes supervivientes tras murio fallecio familiares deudos
JEFE: mama papa mami papi jefe jefa maestra profe madre padre abuela
BABY: baby newborn infant bebe
CHILD: brother sister kid kids child children son daughter baby nino nina ninos nene hijo hija hijos hermano hermana hermanito hermanita bebe
PARTNER: husband boyfriend bf wife girlfriend gf partner ex fiance hubby he him hes marido esposo novio pareja dice dijo
BEATS: hits beats hitting beating punches punching kicks choking chokes slaps pega golpea maltrata
CHOKED: choked choking strangled strangling punched beat stabbed kicked slapped threatened
FAMILY: husband boyfriend bf wife girlfriend gf partner ex fiance hubby he she hes shes dad mom father mother stepdad stepmom stepfather stepbrother parents uncle brother sister son daughter cousin coach grandpa teacher pastor someone somebody
BAR: want wants wanted wanna wish think thinking thoughts feel feeling tried trying tonight now help quiero quiere quisiera kiero pienso pensando ganas suicidal
`

// crisisPhrases ring: one a line, with alternatives of a word between bars, classes in capitals, ..2 where up to two other
// words may stand, and $ for the end of the text, without the words that may stand between.
const crisisPhrases = `
NOT see ..3 weekend|tomorrow|morning|birthday|christmas
wrote|writing|written|finished ..1 letters|notes $|already
wont ..1 here ..2 birthday|bday|graduation|christmas|wedding
ready join ..1 dad|mom|him|her|god|jesus|wife|husband
gave|giving away ..9 worry|soon|letters|goodbye|need|ready
eat|eating bullet
see you ..1 other side
up ..1 overpass|ledge|rooftop|bridge
hes|shes|theyre at|on bridge|roof|rooftop|tracks|ledge|overpass|cliff
burn|burning|burned MY legs|arms|arm|skin|leg|hand ..2 lighter|cigarette|feel|again
burned SELF again
si with plan
using them on me
steering|steer into ..2 semi|truck|tree|traffic|oncoming|wall|pole|lane
got ..1 planned ..1 monday|tuesday|wednesday|thursday|friday|saturday|sunday|tonight|tomorrow|weekend
plans|planning do it ..2 weekend|tonight|tomorrow|after
have|has|got plan $|means|tonight|ready|date
got|have date picked|chosen
od|odd|oded|ods|overdosed on purpose
od|oded|overdosed yesterday|tonight|today|again|last
od|odd|oded|overdosed|attempt|attempted ..5 worked
tell ..3 sorry ..2 couldnt ..1 hold|stay|fight
cant|cannot|wont|not promise ..3 safe
took|taken|swallowed ..1 MANY xans|bars|oxy|oxys|percs|norcos
mixed|mixing ..1 PILLS ..1 vodka|alcohol|wine|whiskey|beer
mixed|mixing|took|taken|ate|drank|swallowed ..4 on purpose
stopped|stopping|quit ..1 taking insulin|meds|medication|dialysis ..1 on purpose
vodka|alcohol|wine|whiskey|oxy|xanax ..2 cant ..2 eyes|awake
many|much PILLS ..2 many|much
swallowed|drank|drinks|ate|eaten ..2 poison|antifreeze|bleach
drank|drunk|high|took ..4 wont wake
narcan didnt|doesnt|not work|working|help
not breathing $|fentanyl|help|someone|blue|turning
blue ..1 not breathing
hes|shes|he|she|friend|baby not breathing
isnt breathing
lips ..1 blue
skin|face|turning|turned blue
hes|shes|found|son|friend|daughter|husband|wife|mom|dad|roommate ..1 unresponsive
making ..1 gurgling
no respira $|ayuda|mi|y|tiene|esta|se
no reacciona|despierta $|ayuda|tiene|labios
labios morados|azules
toddler|baby|child|kid|son|daughter|old|nino|nene|nina|nena|bebe ..1 ate|swallowed|drank|trago ..4 PILLS|PASTILLAS|bleach|cleaner|detergent|battery|cloro
toddler|baby|kid|daughter|son got into ..4 PILLS|cleaner|bleach
put|slipped something ..2 drink
drugged|roofied me
cutting ..4 bleeding|deeper
cutting ..3 deep $
nobody|noone|one ..2 notice|miss|care if
should|shoulda ..1 died
no|any reason here
sitting|alone|parked|drinking|drunk|crying ..5 GUN
GUN ..1 table|lap|bed|nightstand|mesa
took|grabbed ..1 GUN ..2 drove|left|ran|went
has|got MY gun|guns out
FAMILY ..4 with MY GUN
aguanta|aguanto ..5 ARMA
buscando|busca ..1 escopeta|pistola|soga
says|hes|shes done fighting
tired fighting life|anymore
better off ..2 life insurance
better|happier|easier ..1 w o me
text|texts|texted|posted|post|posts|sent|messaged ..2 goodbye|goodbyes
happens ..2 kids|family|dog|cat|children|husband|wife|mom if ..1 gone|dead
if gone ..4 letters|note|notes|goodbye
stepping|step in front ..1 train|traffic|bus|truck|car
keep|stop ..3 trying again ..9 pills|hospital
tied ..1 belt|cord|sheet ..2 closet|door|beam|tree|neck|ceiling
hurt when do it $
WISH ..1 dissapear|disapear
hasta aqui llegue
perdonenme|perdoname|perdonen ..4 adios
cortando ahorita|videollamada
estarian|estaria ..2 tranquilos|felices|bien ..2 si ..1 no existiera|estuviera
fecha ..1 irme
hoy ..1 acaba $|todo
pa|para sigo aqui|viviendo
escribi|escribio|escribiendo carta|cartas $|despedida
escribi|escribio|escribiendo carta|cartas para ..1 hijos|familia|todos|esposa|esposo
deje carta|nota $|hijos
deje carta|nota ..2 mesa
se despidio|despidiendo ..2 todos|familia|nosotros
despidiendose|despidiendome
NEG quiere|quiero estorbar
juntando|guardando|ahorrando PASTILLAS
regalo|regalando sus cosas
pronto descansara|descansare
voy ..1 este mundo
murio|fallecio ..6 irme con
me lastimando
NEG ..2 caso seguir
comer ..5 quiere ir con
azotea|cornisa $
arriba|subida|subido|encima ..1 puente|azotea|techo
si ..1 dejo ..1 mata
voices ..1 tell|tells|telling|say|says|saying|order|ordering|command|commanding
voice says|tells|telling|said
voces ..2 dicen|ordenan|mandan|piden|gritan
voz ..2 ordena|manda|dice
god|devil|satan|demon|demons|dios|diablo|demonio|satanas ..3 ordering|ordered|ordena|commands|commanding
god|devil|satan|demon|demons|dios|diablo|demonio|satanas|voces ..4 kill|hurt|sacrifice|matar|matarnos|sacrificar|mate|maten
god|devil|voices told|tells|telling ..1 get ..1 neighbor|him|her|them|wife|people
hasnt slept ..1 days ..6 god|devil|baby|voices|evil
BABY ..1 evil|possessed|demon|devil|limp|seizing
picturing|thinking|thoughts|thought|images|urge|urges|keep|scared|afraid|want|wanna|intrusive ..4 drown|drowning|smother|smothering|shake|shaking|throw|throwing|stab|stabbing|suffocate|suffocating|strangle|kill|killing|drop|dropping ..1 BABY
picturing|thinking|thoughts|thought|images|urge|urges|want|wanna|voices ..3 hurt|hurting|harm|harming ..1 BABY
thinking|thoughts|want ..2 holding ..1 BABY ..1 under
want|wanna|thoughts|urge|urges hurt|kill|harm|drown|smother kids|children|babies|sister|brother
ganas ..1 ahogar|matar|lastimar ..1 BABY
miedo ..1 hacerle ..3 BABY|recien|nacido
shook|shaken BABY
shake ..1 BABY if
scared|afraid hurt|hurting|harm|harming ..1 BABY
WISH|MEAN kill|shoot|stab|murder ..1 him|her|them|wife|husband|mom|dad
WISH|MEAN hurt|kill|shoot|stab|murder ..1 someone|somebody|people|classmates|students|coworkers|everyone|everybody
hurt|kill|shoot|stab someone|somebody|people|everyone ..1 school|tomorrow|tonight
WISH|MEAN kill ..1 boss|coworker|teacher|neighbor|classmate mean|tonight|tomorrow
hurt ..1 boss|coworker|teacher|neighbor|classmate bad|badly
shoot up ..1 job|school|work|place|office
bringing|bring|brings|brought ..1 GUN|knife ..1 school|class
voy|quiero matar ..1 ese|esa|ellos|alguien|tipo
CHOKED me last night|nite
CHOKED me ..1 tonight|today|yesterday|now|again|hes|coming
night|yesterday|tonight ..3 CHOKED me
PARTNER ..1 hit me ..1 night|tonight|today|yesterday|again|hes
raped ..1 tonight|tonite|today|yesterday
raped last night|nite
FAMILY|grandson|granddaughter ..1 BEATS me
FAMILY|grandson|granddaughter pushes|shoves me down|around|against
marido|esposo|novio|pareja|ex|papa|padrastro me pega|golpea|maltrata
me pega|golpea marido|esposo|novio|pareja|papa|padrastro
marido|esposo|novio|pareja|ex|papa|padrastro|mama me ..1 pegando|golpeando
me ..1 ahorcando|violando|siguiendo|amenazando|apuntando
anoche|ayer|hoy|ahorita me ahorco|golpeo|pego|violo|amenazo
me ahorco|golpeo|pego|violo|amenazo ..1 anoche|ayer|ahorita|cuchillo|pistola
marido|esposo|novio|pareja|ex me ahorco|golpeo|amenazo
quiere|amenazo|va ..2 quemar ..2 casa|nosotros|vivos
PARTNER ..5 shoot|kill|stab|murder|bury me|us|kids
PARTNER ..3 matar|matarme|matarnos
FAMILY ..1 wont|doesnt|wouldnt let me|us leave|out
marido|esposo|novio|pareja|ex no me deja salir
me quito ..1 celular|telefono|llaves
has|have|got me|us|her locked|trapped|tied
locked me inside|in|room|bathroom|basement|closet|$
pareja|marido|esposo|novio|ex|papa ..1 tiene encerrada|encerrado
hes|he|ex|bf|husband|boyfriend|someone|somebody ..2 banging|pounding|kicking ..2 door
FAMILY ..5 with|has|got|grabbed|holding|pulled ..1 knife|machete
outside ..5 GUN|knife|machete
afuera ..2 machete|cuchillo|pistola|arma
puso|apunto|saco ..2 cuchillo|navaja|machete|pistola
cuchillo|navaja|pistola|machete ..2 cuello|cabeza|garganta
hands around|round ..1 neck|throat
manos ..1 cuello
threw|shoved|dragged|slammed|pushed me|her ..1 down|against ..1 stairs|wall|floor
drunk ..2 swinging|hitting|violent
hiding ..1 closet|bathroom|basement ..2 dad|mom|husband|he|hes|drunk
hiding ..3 from ..1 husband|boyfriend|ex|dad|mom|stepdad|father
following me ..2 truck|car|home|now
stalking me now|outside|again
uncle|stepdad|dad|father|brother|grandpa|cousin|coach|stepbrother|babysitter ..2 comes|gets|crawls ..4 night|bed
FAMILY ..1 touches|touching|rapes|raping|molests|molesting me
tio|padrastro|abuelo|primo|profesor|entrenador me toca|viola|manosea
papa|padre me toca $|y|noche|mama
cigarette burns
bruises ..3 screaming|screams
FAMILY|neighbor|neighbors|vecina|vecino|padrastro|madrastra|marido|esposo ..2 hits|beats|hitting|beating|choking|pega|golpea ..2 CHILD
beat|beats|beating up ..1 grandpa|grandma|mom|dad|brother|sister|kid|son|daughter ..1 again|today|now
till|until ..1 bleeds|bleed
le ..1 pegando ..1 CHILD
abusa mi $|y|cuando|noche
le ..1 da|dan|dando ..2 cable|cinturon|palo|correa|cintarazos
KILL SELF
kms $
WISH|MEAN|should|tonight kms
kys
ctb
sewerslide
WISH ..1 die
WISH was|were|could|would ..1 dead|die|gone
NOT WISH ..1 live|alive|exist|existing|wake
NOT WISH ..1 here $|anymore|now|tonight
NOT WISH ..1 live|here in|with ..1 world|body|pain|head|life|misery|this
tired|sick|done|exhausted|fed ..1 living|alive|existing|life
tired|sick living in|with ..1 world|body|pain|head|misery
no|not|without|lost|lack|any|zero ..1 reason|point|wish|will|desire|purpose ..4 LIVE
what|whats ..1 point ..1 living|alive|anymore
hate|hates ..1 living|existing|alive
garage ..3 running
WISH get cancer|killed|shot|hit|murdered
no|not|any reason|reasons ..2 stay|continue|wake
stop existing|living|breathing
not here tomorrow|anymore|much|long
think|thinking|thought|thoughts ..1 die|dying|death|dead
NOT feel|feeling ..1 living|existing
NOT|rather ..1 exist
live or die
talk|talks|talking|talked ..1 die|dying|suicide
left note|letter
care if ..2 live|die|alive|wake
knife|blade ..4 SELF|wrist|wrists|throat|neck|arm
drank|drink|drinking ..2 cleaner|bleach|poison|detergent
stockpile|stockpiling|hoarding|saving ..2 PILLS
standing|walked|sitting|lying ..2 tracks
least ..1 painful
wont|not see tomorrow
WISH ..2 with ..1 late|dead
NOT ..2 future ..3 gone|die|end
cant anymore
said goodbye ..3 phone|left|away
give|giving|gave|given up ..1 living|life
lived long enough
cant on $|like|anymore|living|much|longer|without|with|alone|any|now
cant live like|anymore
cant|cannot|not keep SELF safe|alive
NOT safe ..2 SELF
NOT safe alone|tonight
wont|not|dont|isnt|wouldnt ..3 alive
wont here|around ..1 much|long|longer|tomorrow|tonight|next|when|christmas
razor|razors|noose
have|has|holding|got PILLS $|in|my|hand|ready|saved|here
if ..1 died|die|dead|gone|disappeared|vanished ..3 nobody|noone|no|care|miss|notice|happier|better
nobody|noone|one ..4 if ..1 died|die|dead|gone|disappeared|vanished
do|doing|done SELF
life ..1 pointless|meaningless|worthless|hopeless
life over $|anymore
WISH out $
only|no way out
WISH pain|suffering|everything|it ..1 end|stop|over|done
end|ending|stop ..1 pain|suffering permanently|forever
giving|gave|gives|give ..2 away ..2 things|stuff|belongings|possessions|everything
WISH ..3 hit|kill|shoot|murder|crash me
WISH dead|gone|death
if|cant|not|dont ..2 keep living|existing|alive
cant keep $|on|like|anymore
happens ..3 take|took ..2 PILLS
WISH ..1 with|meet|see lord|god|jesus|creator
cant|dont|not ..3 another|one day|night|minute $|like|alive|anymore
make it|through ..1 night|tonight|morning
my funeral
bleed|bleeding|bled|starve out|death
empty ..1 bottle|bottles
attempted $|again|twice
let me die
die already|tonight
death ..3 easier|better|relief|escape
nothing matters
painless
danger|threat SELF
voices ..4 kill|hurt|die|jump
attempt|attempts|attempted ..2 life
how much|many ..5 die|kill|lethal|fatal
lethal|fatal dose
MEAN ..1 jump $|off|from|front|tonight|now
jump $
jump|jumping|leap|walk|walked|walking|step|throw|drive|driving|run ..2 off|out|from|on|front|into|under|onto ..2 HIGH
drive|driving|crash|crashing|swerve|swerving ..2 into|off ..1 HARD
crash|wreck|overdose|crashing ..3 purpose|intentionally|deliberately
standing|sitting|stood ..1 on|at ..1 HIGH
on bridge|ledge|rooftop|roof|overpass|tracks $|and|jump|ready|now|help|want
have|has|got|holding|loaded|bought|found ..2 GUN
loaded GUN
GUN ..3 SELF|head|mouth
tied|bought|have|has|got|found ..1 rope|noose
stop|quit|cant|relapsed|relapse|clean ..1 cutting $|SELF|again
sh urges|urge|relapse|relapsed|thoughts
do|doing something|anything ..1 SELF|stupid|drastic|rash
my|his|her last|final night|hours
last|final day|night on|alive
say|saying|said goodbye ..2 kids|family|everyone|world|loved|children
letter|letters|wrote|writing ..3 goodbye
goodbye letter|letters|note|message|messages|video|text|post
sleep|asleep ..2 never|not|forever|dont wake|$
WISH ..2 wouldnt|wont|didnt|dont|not|never|hadnt ..1 wake|woken|woke
WISH disappear|vanish|evaporate
leave this world|earth|planet
passed|died|gone|lost ..7 with|join|follow him|her|them
lord|god|jesus ..1 take me
meet maker
took|taken|taking|swallowed|swallow|takes ..1 MANY ..2 PILLS
everyone|world|family|they ..4 better|happier|easier ..2 without me
end|ending MY ..1 life
end|ending MY suffering|existence|misery
end|ending things|everything tonight|today|now|all
NEG QUIERO|QUIERE|puedo ..1 seguir $|mas|asi|adelante|viviendo
si ..1 muero|muriera|muera|mato|desapareciera|desaparezco ..4 nadie|mejor|importa
nadie ..4 si ..1 muero|muriera|muera|mato|desapareciera|desaparezco
nadie ..3 extranar|extranara|extranaria
merezco vivir|morir
mejor ..1 MORIRSE
hacer|cometer|haga|haciendo ..1 locura|tonteria|estupidez
dejar existir|vivir|sufrir
NEG ..1 despertar|despertarme $|nunca|jamas|mas
dormir|irme siempre
venas
me mato
ojala ..1 muera|muriera
corchazo
QUIERO ..1 MORIRSE|desaparecer|muerto|muerta
QUIERE ..1 MORIRSE|desaparecer
me voy matar|suicidar|ahorcar|colgar|disparar|desvivir
me QUIERO|puedo ..1 mori|morir|matar|suicidar|ahorcar|colgar|desvivir|disparar
se QUIERE ..1 morir|matar|suicidar|ahorcar|colgar|disparar
TIRARSE ..2 PUENTE
parado|parada|subido|subida|sentado|sentada|borde ..1 PUENTE
NEG ..1 ganas ..1 vivir|seguir|existir
NEG QUIERO|QUIERE ..1 vivir|existir|despertar|vivo|viva
NEG QUIERO|QUIERE ..1 estar|vivir|seguir aqui $|mas
NEG QUIERO|QUIERE ..1 vivir ..1 este|esta mundo|dolor|sufrimiento
NEG ..3 sentido|razon|razones|motivo|motivos|caso ..2 vivir|vida|viviendo|existir
NEG vale ..1 pena vivir|seguir|vida
vida ..1 NEG ..1 sentido|vale
para seguir viviendo|vivo|viva
quitarme|quitarse|quitar ..1 vida
acabar|terminar|terminarlo|acabarlo ..2 vida|existencia
cansado|cansada|cansao|jarto|harto|harta|aburrido|aburrida ..1 vivir|vida|existir
ojala|quisiera|desearia|prefiero|espero ..2 muerto|muerta|muriera|nacido|despertar|despertara|despierte|existir|existiera
dormir|dormirme|dormirse ..3 NEG ..1 despertar|despertarme
dormir para siempre
mejor ..3 no estuviera|existiera|muriera
nadie ..1 importo|extranaria|extranara
ser|soy carga|estorbo
tome|tomo|tomado|trague|tomarme|tragarme|tomarse|tomando|trago ..1 MUCHAS ..2 PASTILLAS
tome|tomo|trague|bebi|tomarme ..1 frasco|blister|veneno|cloro|lavandina|lejia|raticida
corte|cortar|cortarme|cortarse|corto|corta|cortando|cortado ..1 venas|brazos|munecas|piernas|piel
ARMA ..4 me|use|matar|cabeza|boca|cuello
tengo|tiene|compre|agarro|agarre|compro ..1 ARMA
pegarme|pegarse|pegar|darme|dar tiro|balazo
volarme sesos|cabeza|tapa
ir|irme|irse|fuera|dejar|salir|estar ..1 este mundo
dios|senor ..2 lleve|llevara|llevame|recoja
despedirme ..2 todos|mundo|vida|familia|hijos|ustedes
carta|nota|cartas ..1 despedida
como|formas|maneras|manera|forma ..1 MORIRSE
cuantas pastillas ..4 MORIRSE
ideas|pensamientos|pensar|pienso|piensa ..1 muerte|MORIRSE
NEG aguanto|soporto ..1 vida|vivir
mejor ..1 muero|mato
QUIERO ..1 todo ..1 acabe|termine
ir|irme ..1 no volver nunca|jamas|mas
NEG ..2 razon|razones|motivo|motivos ..1 seguir $|aqui|asi
odio vivir|existir|viva|vivo
suicide
suicidal
suicidality
sucidal
suicidle
suiside
want kms
kms tonight|now|today|myself
unalive
want|wanna|wants|wanted|wanting|wish die|dead
want|wanna|wants|ready|time die
die want
dont want|wanna alive
dont want|wanna here|wake|alive anymore|up
doesnt|didnt want live|exist|alive
doesnt want here|wake anymore|up
do|does not want|wanna live|exist|alive|here|wake
no longer want live
not want live
never wake up
wish was|were|could dead|die|gone|disappear
wish never|hadnt born|woken
wish was|were never born|woken
better off dead|without
everyone|everybody|world|they|family|theyd|kids better off|without without|me
tired living|life|alive|existing
sick living|alive
done living|life
no reason|point live|living|life
nothing live|left for|live
life isnt|not|aint worth living
not worth living
cant take anymore|longer
cant do this|life anymore
dont see point|way living|out
kil|klil SELF
kill|kil me
killing my self|life
kill my self
killed|kills himself|herself|myself|themselves
end my|his|her|their life|own|lives
end|ending|ends|ended all
end|ending|ended it
end|ending|ended it all
want|wanna end|ending it
want|wanna it|all end|over|stop
want|wanna it all end|over|stop
cant take it anymore|longer
rather dead|die
should|might die|dead
like dying|killing|ending
no reason|point|use in|for living|life|being
burden everyone|my|them|others|family|you
wont here tomorrow|anymore|long
took|taken pills
od|ods|oded on pills|meds|purpose
drank|drink|drinking|swallowed bleach|poison|antifreeze
on bridge|ledge|rooftop
gun want use
goodbye cruel
want|wanna dye
life isnt|not|aint worth
hate myself want die
no puedo|quiero|quiere|quisiera seguir viviendo
quiero|quisiera|quiere|kiero desaparecer
no le encuentro|veo|hallo sentido
me kiero|quero morir|matar|suicidar|cortar
no kiero|quero vivir|existir|seguir
kiero|quero morir|morirme|matarme|suicidarme
soy carga
jump|jumping in|into front train|traffic|bus|car
reason|reasons|motivation live|living
no|lost|losing will live
wish didnt|wasnt|werent exist|alive|here
hope dont|never|wont wake
hope never wake
if was|were dead|gone
better|happier|easier without me
keep|kept|started cutting|burning|hurting|harming
para morir|morirme|morirse|matarme|matarse|suicidarme
habla|hablo|piensa|hablando|dice morir|morirse|matarse|suicidarse
ending|ended my|his|her|their life|own
end things|everything tonight|today|now
take|taking|took|takes my|his|her|their life|own
take|taking|took own life
hurt|hurting|harm|harming|cut|cutting|cuts|stab|burn|burning|starve|starving|drown myself|himself|herself|themselves
hurt|hurting|harm|harming|cut|cutting my self|wrist|wrists|arms|arm|legs|thighs
hang|hanging|shoot|shooting|drown|drowning|poison|gas|choke myself|himself|herself
slit|slitting|slash|cut|cutting my|his|her wrist|wrists
jump|jumping off|from|front bridge|building|roof|train|balcony
self harm|harming|injury|injure|injuring|harmed|mutilation|hurt
selfharm
overdose
overdosed
overdosing
od now|tonight|today|himself|herself|pills
took|taken|taking|swallowed|swallow too|all|whole|bottle|bunch|lots|handful many|pills|meds|my|bottle
took|swallowed|taking all my|her|his|those pills|meds|medication|medicine
swallowed pills|bottle|bleach|poison
bottle pills
goodbye everyone|world|forever|all|note
say goodbye|goodbyes everyone|world|forever
writing|wrote note|goodbye|letter goodbye|before
is|are|son|daughter|child|kid|teen|friend|he|she|they|hes|shes|sister|brother|wife|husband|who|started|teenager|girl|boy|student|caught cutting
cutting again|tonight|herself|himself|themselves|urges
urge|urges cut|cutting|hurt|harm|die|kill
disappear forever
dont deserve live
plan|planning|planned|ways|way|how|method|methods die|suicide|kill
painless|easiest|quickest|fastest way|death die
gun my|head head|mouth
nobody would miss|care me|if
no one would miss|care me|if
quiero|quisiera|quisieramos|deseo|ganas|queria|quiere|quieren morir|morirme|morirse|muerto|muerta|matar|matarme|matarse|suicidarme|suicidarse
quiero|quisiera|quiere estar|ser muerto|muerta
me|se quiero|quiere|quisiera|voy|va|queria|intento morir|matar|suicidar|cortar|ahorcar
me|se matar
no quiero|quiere|quisiera|deseo|queria|tengo vivir|seguir|existir|estar|despertar|ganas viviendo|vivo|viva|aqui|adelante|vivir|mas|manana
no quiero|quiere|quisiera|deseo|queria vivir|existir|despertar
sin ganas vivir|vida
sin ganas|razon|razones|motivo|motivos vivir|para vivir
no tengo|tiene|hay|veo|encuentro ganas|razon|razones|motivo|motivos|sentido|para vivir|seguir|vida|viviendo
no tengo|tiene|hay|veo razon|razones|motivo|motivos para vivir|seguir
no vale pena vivir|seguir
vida no|sin tiene|vale sentido|pena|nada
voy|va|vamos|pienso|piensa|penso|pense|intente|intento|intentar|pensar matarme|matarse|suicidarme|suicidarse|morirme|ahorcarme|tirarme|cortarme
matarme
matarse
suicidarme
suicidarse
suicidar
suicidio
suicidios
suicida
suicidas
suisidio
sucidio
suicidarte
quitarme|quitarse|quitar vida
quitarme|quitarse|quitar mi|su|propia vida|propia
me|se quito|quite|quitar|quita vida
acabar|acabo|terminar|acaba|terminarlo con mi|su|todo|vida|esto vida|todo|ahora
acabar|acabo|terminar|terminarlo|acabemos con todo|vida
hacerme|hacerse|hago|hace dano
me|se hago|hace|hacer dano
me|se corto|corta|corte|cortando
lastimarme|lastimarse
me|se lastimo|lastima|autolesiono|autolesiona
autolesion
autolesiones
autolesionarme
autolesionarse
cortarme
cortarse
ahorcarme
ahorcarse
colgarme
tirarme|lanzarme puente|balcon|edificio|metro|tren|ventana
aventarme|saltar puente|edificio
sobredosis
tome|tomo|tomado|tomar|tomarme|trague muchas|todas|demasiadas|varias|todo pastillas|mis|medicinas|frasco
tome|tomarme|trague pastillas|veneno|cloro
mejor muerto|muerta
estaria|estarian mejor muerto|muerta|sin
mejor sin mi
ojala estuviera|muriera|no muerto|muerta|hubiera|despertara|despertar
ojala muriera
no puedo|aguanto|soporto mas $|vida|esto|todo|quiero|ayuda|ayudenme|dolor|ya|asi
no puedo|aguanto|soporto mas con vida|esto|todo|nada
no puedo|aguanto|soporto mas con mi|este|tanto vida|dolor
no aguanto vida|esto|$
no aguanto mi vida
ganas morir|morirme|matarme|desaparecer
desaparecer para
despedirme todos|mundo|vida
adios mundo|todos
cansado|cansada|harto|harta mi vida|$
`
