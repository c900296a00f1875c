package seed

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"carefinder/internal/directory"
)

// A group is what an audience's words say plainly about who is meant.
type group struct {
	words *regexp.Regexp
	facet directory.Facet
	codes []string
}

func word(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)\b(` + pattern + `)\b`) }

var groupsByWords = []group{
	{word(`child|children|under 1[89]s`), directory.Age, []string{"child"}},
	{word(`children|teens?|teenagers|adolescents|youth|young people|under 1[89]s`), directory.Age, []string{"teen"}},
	{word(`young adults|young people under 25|under 35s`), directory.Age, []string{"young-adult"}},
	{word(`older (?:adults|people)|dementia`), directory.Age, []string{"older-adult"}},
	{word(`veterans?|service members|military`), directory.Population, []string{"veterans"}},
	{word(`trans`), directory.Population, []string{"transgender"}},
	{word(`survivors`), directory.Population, []string{"survivors"}},
	{word(`native americans|indigenous|first nations|aboriginal`), directory.Population, []string{"indigenous"}},
	{word(`black`), directory.Population, []string{"black"}},
	{word(`caregivers?|carers`), directory.Population, []string{"caregivers"}},
	{word(`students`), directory.Population, []string{"students"}},
	{word(`law enforcement`), directory.Population, []string{"first-responders"}},
	{word(`physicians`), directory.Population, []string{"healthcare-workers"}},
}

// grownUps finds adults that no "young" or "older" stands before.
var grownUps = regexp.MustCompile(`(?i)(?:^|[^a-z ]|\band|\bto)\s*adults\b`)

// groups claims whom a helpline is for, where its topic or its audience says so plainly. One that is for anyone knows of
// a topic, and is not made for those it concerns.
func (c *claims) groups(audience string, topics []string) {
	byTopic := map[string]string{"veterans": "veterans", "lgbtq": "lgbtq", "perinatal": "perinatal"}
	for _, t := range topics {
		if code := byTopic[t]; code != "" && !strings.HasPrefix(audience, "anyone") {
			c.yes(directory.Population, code)
		}
	}
	if slices.Contains(topics, "older-adults") && !slices.Contains(topics, "child-abuse") {
		c.yes(directory.Age, "older-adult")
	}
	if strings.HasPrefix(audience, "families of ") {
		return // whose words say what happened to the family
	}
	for _, g := range groupsByWords {
		if g.words.MatchString(audience) {
			c.yes(g.facet, g.codes...)
		}
	}
	if grownUps.MatchString(audience) {
		c.yes(directory.Age, "adult")
	}
}

// band is an age group of the vocabulary, both ends included.
type band struct {
	code     string
	from, to int
}

// oldest stands for "and over".
const oldest = 200

func bands() []band {
	return []band{{"child", 0, 12}, {"teen", 13, 17}, {"young-adult", 18, 25}, {"adult", 26, 64}, {"older-adult", 65, oldest}}
}

var ageRange = regexp.MustCompile(`^(\d+)(?:-(\d+)|(\+))$`)

// ages claims the age groups a program's page states. A range claims the groups it covers whole; anything else that
// is not one of the plain words stays with the audience, for people to read.
func (c *claims) ages(stated string) {
	switch stated {
	case "children":
		c.yes(directory.Age, "child")
	case "adolescents", "teens":
		c.yes(directory.Age, "teen")
	case "adults":
		c.yes(directory.Age, "adult")
	case "all ages":
		c.ageRange(0, oldest)
	case "students":
		c.yes(directory.Population, "students")
	}
	m := ageRange.FindStringSubmatch(stated)
	if m == nil {
		return
	}
	from, _ := strconv.Atoi(m[1]) // digits, by the pattern
	to := oldest
	if m[3] == "" {
		to, _ = strconv.Atoi(m[2])
	}
	c.ageRange(from, to)
}

func (c *claims) ageRange(from, to int) {
	for _, b := range bands() {
		if from <= b.from && b.to <= to {
			c.yes(directory.Age, b.code)
		}
	}
}

// languageCode gives the code of a language as the tables name it, or "".
func languageCode(name string) string {
	return map[string]string{"english": "en", "cantonese": "yue", "french": "fr", "spanish": "es"}[strings.ToLower(name)]
}
