package web

import (
	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// completePlace answers GET /api/v1/places.
func (s *Server) completePlace(c *fiber.Ctx) error {
	var q placeQuestion
	if err := s.wording().tables.places.query(&q, queryOf(c)); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "private, max-age=3600")
	return c.JSON(placesAnswer{placesOf(s.cfg.Gazetteer.Suggest(q.q, orDefault(q.limit, defaultPlaces)))}, typeJSON)
}

// readVocabulary answers GET /api/v1/vocabulary.
func (s *Server) readVocabulary(c *fiber.Ctx) error {
	var q langQuestion
	if err := s.wording().tables.plain.query(&q, queryOf(c)); err != nil {
		return err
	}
	a := vocabularyAnswer{Lang: orDefault(q.lang, languages[0])}
	for _, name := range s.wording().labels.facets {
		a.Facets = append(a.Facets, vocabularyFacet{Facet: string(name), Terms: s.termsOf(name, a.Lang)})
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=60")
	return c.JSON(a, typeJSON)
}

func (s *Server) termsOf(name search.FacetName, lang string) []vocabularyTerm {
	terms := []vocabularyTerm{}
	for _, t := range s.vocabulary().Terms(directory.Facet(name)) {
		terms = append(terms, vocabularyTerm{Code: t.Code, Label: t.Label(lang), Synonyms: t.Synonyms, Retired: t.Retired})
	}
	for _, x := range fixed {
		if x.facet == name {
			terms = append(terms, vocabularyTerm{Code: x.code, Label: s.wording().labels.text(lang, string(name), x.code)})
		}
	}
	return terms
}
