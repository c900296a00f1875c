package search

// between are words that stand between the words of a phrase of crisis without changing what it says.
var between = set(`i im am to just really so very still honestly literally the a an be gonna going go and of that feel feeling only even truly please think thinking have been ive always about right
 el la los las un una muy tan solo ya a de que por favor estoy pensando en siento siempre`)

// notTypos are words one letter away from a word of the phrases that mean something else.
var notTypos = set(`skilling filling billing willing milling drilling chilling spilling calling pulling rolling telling selling feeling falling
 putting contarme contarse portarse portarme montarse contarle petting setting sitting getting letting wanting buying drying lying tying trying frying diving dining driving doing
 matter mother motor actor mayor mejor lugar jugar pagar llamar morar mover
 harmony charm thurs first thirst worst burst ender tender gender render sender
 living loving leaving wives lives liver river giver hanging banging changing ranging hunting
 jumps bumps dumps pumps pills bills hills fills mills wills kills skills drills
 shoot shook shout short shore store sleep sheep steep better letter bitter butter batter
 blaming coaching alone stone alive olive drive
 corto corte cortes corta carta marta muerta puerta huerta marte parte norte suerte fuerte
 vivir vivid vida vive viva matar mata mate`)

// crisisPhrases ring: one a line, with alternatives of a word between bars, without the words that may stand between.
const crisisPhrases = `
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
dont want|wanna live|exist|alive
dont want|wanna here|alive
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
cant on|living
cant take anymore|longer
cant do this|life anymore
dont see point|way living|out
kill|killing|kil|klil myself|my|himself|herself|themself|themselves|me|urself|yourself|ourselves|us
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
no puedo mas
no aguanto mas|vida|esto
no aguanto
ganas morir|morirme|matarme|desaparecer
desaparecer para
despedirme todos|mundo|vida
adios mundo|todos
cansado|cansada|harto|harta vivir|vida|mi
`

// calmPhrases cover the phrases of crisis that stand in them: those of grief, learning and work, and figures of speech.
const calmPhrases = `
suicide loss|bereavement|bereaved|grief|survivor|survivors|postvention|awareness|squad|research|statistics|stats|law|rates|rate|education|doors|clutch
suicide prevention training|course|courses|program|programs|month|week|day|walk|conference|coalition|jobs|job|class|classes|certification|workshop|webinar|curriculum|policy|research|foundation|trainer|trainings|volunteer|specialist|council|certificate|education|activities|resources|poster|grant|coordinator
suicide prevention for|in school|schools|clinicians|workplace|employers|professionals|teachers
suicide risk|intervention|assessment assessment|training|course|skills|workshop|assessments
suicide assessment|intervention|first training|course|aid
suicide loss survivor|survivors support|group|groups|stories
after|lost|losing|loss|grieving|died|dies|death|bereaved|bereavement|survivor|survivors|mourning|grief|widow|widowed|husband|wife|son|daughter|brother|sister|mother|father|friend|child|partner|mom|dad by|from|after|following suicide
after|lost|losing|loss|grieving|bereaved|bereavement|survivor|survivors|mourning|grief|widow|widowed suicide
lost|losing|loss|grieving my|our|his|her|their son|daughter|brother|sister|mother|father|mom|dad|friend|husband|wife|partner|child|spouse|boyfriend|girlfriend|someone|uncle|aunt|cousin suicide|overdose
lost|losing|loss|grieving my|our|his|her|their son|daughter|brother|sister|mother|father|mom|dad|friend|husband|wife|partner|child|spouse|boyfriend|girlfriend|someone|uncle|aunt|cousin by|from suicide|overdose
lost|losing|loss|grieving son|daughter|brother|sister|mother|father|mom|dad|friend|husband|wife|partner|child|spouse|boyfriend|girlfriend|someone|uncle|aunt|cousin suicide|overdose
lost|losing|loss|grieving son|daughter|brother|sister|mother|father|mom|dad|friend|husband|wife|partner|child|spouse|boyfriend|girlfriend|someone|uncle|aunt|cousin by|from suicide|overdose
lost|losing someone loved suicide|overdose
my|our|his|her brother|sister|son|daughter|husband|wife|father|mother|dad|mom|friend|child|partner|uncle|aunt|cousin died|death by|from suicide
my|our|whose brother|sister|son|daughter|husband|wife|father|mother|dad|mom|friend|child|partner|uncle|aunt|cousin killed|took himself|herself|themselves
died|dies|death|deaths by|from suicide|overdose
physician|doctor assisted suicide
assisted suicide
career|political|commercial|twitter|social suicide
killing it
killing time|me softly
kill time|two|weeds|bill|bugs|mockingbird|switch|fee|your|some bugs|birds|darlings|weeds|time
overdose prevention|awareness|reversal|response|education|training|loss|bereavement|grief|statistics|data|rates|kit|kits|site|sites|center|centers
overdose training|loss|grief
opioid overdose prevention|awareness|reversal|response|education|training|kit
narcan overdose training|kit
lost|loss|losing|grief|died|after|grieving|bereaved overdose
dying my|hair|wool|eggs|clothes hair|beard|eggs|eyebrows
die my|hair hair|pink|blue|blonde|red|black|purple
how die my|hair hair|pink|blue|blonde|red|black|purple
die|dye hair
how die|dye hair
want|wanna die|dye hair|my
suicidal tendencies
end|ending|ended it with|well
want it|all over with
like killing time
took|taken pills for|years|daily|since|as
desaparecer redes|internet
quiero desaparecer redes
on bridge program
dying hair|laugh|see|know|try|eggs
want die laughing|hard|cast|cut|casting
die hard|cast|cut|casting|laughing
cutting edge|down|back|hair|board|boards|costs|corners|class|grass|lawn|ties|weight|carbs|calories|sugar|alcohol|drinking|meds|off
cutting my hair|grass|losses|lawn|hours|drinking|meds|carbs|nails
cut my hair|losses|grass|nails|meds|hours|dose|teeth
cut myself some|shaving|off slack|from
cut myself shaving|off
shoot myself foot
hang myself up
end all be|wars|war
end all wars
hurt my arm|leg|back|knee|wrist
broke|sprained|fractured my wrist|arm
wake up anymore tired|early
say goodbye smoking|anxiety|stress
wish was here|there|rich|taller
take own life lessons
cant take anymore patients|clients|insurance
kids better off divorced|with
done life insurance
tired life coach
self harm training|course
self injury training
muero|morir|morirme|morirse|muerto|muerta|matar|matarme risa|hambre|ganas|sueno|cansancio|calor|frio|pena|verguenza|amor|tiempo|mosquitos|cucarachas|trabajo|curiosidad
matar tiempo|mosquitos|cucarachas|bichos
me|se muero|muere risa|hambre|ganas|sueno|calor|frio
quiero morir risa
suicidio asistido|colectivo|politico|profesional
duelo|perdida|perdidas|sobreviviente|sobrevivientes|supervivientes|superviviente|luto|tras|despues|perdi|murio|fallecio|muerte suicidio|suicida
mi hijo|hija|esposo|esposa|hermano|hermana|madre|padre|amigo|amiga|papa|mama|pareja murio|fallecio suicidio|sobredosis
perdi|perdio|murio|fallecio mi hijo|hija|esposo|esposa|hermano|hermana|madre|padre|amigo|amiga|papa|mama|pareja suicidio|sobredosis
perdi|perdio|murio|fallecio mi hijo|hija|esposo|esposa|hermano|hermana|madre|padre|amigo|amiga|papa|mama|pareja al|tras suicidio|sobredosis
prevencion del|suicidio suicidio|curso|capacitacion|taller|formacion|escuelas|profesionales|docentes curso|capacitacion|taller|formacion|escuelas|profesionales|docentes|escolar
curso|cursos|capacitacion|taller|formacion|diplomado|charla|seminario|congreso|dia|mes|semana|voluntario|voluntariado|mundial|entrenamiento prevencion|mundial|sobre del|suicidio|prevencion suicidio|del|sobredosis
curso|cursos|capacitacion|taller|formacion|diplomado|charla|seminario|congreso|dia|mes|semana|mundial|entrenamiento prevencion suicidio|sobredosis|autolesiones|autolesion
dia mundial prevencion suicidio|del suicidio
escuadron suicida
prevencion sobredosis
prevencion del sobredosis|suicidio
cortarme|cortarse|cortar pelo|cabello|barba|flequillo
me|se corto|corta|corte|cortando pelo|cabello|barba|internet|luz|conexion
me|se corto|corta|corte|cortando mi pelo|cabello|internet|barba
no puedo mas pagar|trabajo|rapido
acabar|acabo|terminar con todo trabajo|proyecto
cansado|cansada|harto|harta mi trabajo|jefe
no puedo mas agradecer
`
