package search

// calmPhrases cover the phrases of crisis that stand in them: those of grief, learning and work, and figures of speech.
const calmPhrases = `
FEAR ..4 die|dying|death|dead
like dying|die ..3 panic|attack|attacks
FEAR|driving|crossing|drive ..2 bridge|bridges
self harm ..1 scars|scar
suicide ..1 scale|screener|screening|questionnaire
mom|dad|parents ..1 kill me when|if ..4 grades|report
se suicido
novio|novia|pareja me corto
pelicula|virgenes|novela|libro|serie ..2 suicidas|suicida|suicidio|virgenes
TALLER|auxilios ..3 suicidio|sobredosis|autolesion
suicidal|suicide ..2 lyrics|song|letra|cancion
dad|mom|father|mother|brother|sister|uncle|aunt|husband|wife|son|daughter|friend took his|her|their own life
documental|pelicula|libro|tarea|ensayo ..2 suicidio|suicida
dont|not|never WISH hurt|hurting ..1 him|her|them|someone|anyone|people
suicide|overdose ..3 jobs|job|careers|nonprofit|degree|internship
within|radius|miles|few ..2 kms
PILLS late|daily|with|wrong|twice
do SELF a|favor|good
me mato trabajando|estudiando|risa|limpiando
aqui este|esta|trabajo trabajo|escuela|casa|ciudad|clase|pais
razor burn|bumps
life as
feel|feeling alive
live|here in|at this|that city|town|house|state|apartment|neighborhood|country|place|school|job
mis PASTILLAS ..1 sigo|diario|cada|diarias
think|thinking|thought|thoughts ..1 cancer|ocd
death|dead|die my|his|her|father|mother|dad|mom|husband|wife
live|living with|in|near|at|alone|together|far|apart|on
here at|for|because|with|alone|in
WORK ..4 suicide|overdose|harm
suicide|overdose|harm ..3 WORK
LOSS ..2 after|to|by|from husbands|wifes|sons|daughters|brothers|sisters|mothers|fathers|moms|dads|friends suicide|overdose
suicide|overdose ..1 LOSS
KILL|cut SELF|my slack|laughing|esteem|confidence
kill me laughing
JEFE ..1 me va|van matar
jump start|rope|into|right|ahead
last|final day at|in|work|school|before|with
goodbye letter|letters alcohol|drugs|addiction|therapist|client|clients
disappear from|social|instagram|facebook
gun safety|violence|owner|club|owners
MIEDO ..4 MORIRSE|muerte
voy morir ..3 MIEDO|infarto
TALLER ..3 suicidio|sobredosis|autolesion|autolesiones
suicidio|sobredosis|autolesiones ..2 TALLER
DUELO ..2 por|tras|de|al suicidio|suicida|suicidas|sobredosis
familiares|sobrevivientes|supervivientes|deudos suicidas|suicidio
vivir con|en|solo|sola|ahi|alla|juntos|cerca
aqui con
vida laboral|pareja|sexual|social|sedentaria|trabajo
muerte mi|su
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
