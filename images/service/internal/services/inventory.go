package services

import (
	"encoding/json"
	"net/http"
	"regexp"

	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/web"
)

const (
	quantityMost = 1_000_000
	amountMost   = 1_000_000_000_000

	articleRule  = "article must be 1 to 64 letters, digits, dots, dashes or underscores"
	quantityRule = "quantity must be a whole number from 1 to 1000000"
	amountRule   = "amount_idr must be a whole number from 1 to 1000000000000"
)

var articlePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// inventory knows how much there is of an article: what the newest record about it says. Orders don't lessen it.
type inventory struct{ Dependencies }

type stock struct {
	Article  string `json:"article"`
	Quantity int    `json:"quantity"`
}

func (i inventory) routes() []web.Route {
	return []web.Route{
		{Path: "/inventory", Methods: map[string]http.Handler{"GET": i.handle(i.list), "POST": i.handle(i.set)}},
		{Path: "/inventory/{article}", Methods: map[string]http.Handler{"GET": i.handle(i.latest)}},
	}
}

func (i inventory) set(w http.ResponseWriter, r *http.Request) error {
	var counted stock
	if err := web.Decode(r, &counted); err != nil {
		return err
	}
	if !articlePattern.MatchString(counted.Article) {
		return web.Invalid(articleRule)
	}
	if counted.Quantity < 0 || counted.Quantity > quantityMost {
		return web.Invalid("quantity must be a whole number from 0 to 1000000")
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	body, err := json.Marshal(counted)
	if err != nil {
		return err
	}
	return i.add(w, r, store.NewRecord{Subject: counted.Article, Body: body, Key: key})
}

func (i inventory) latest(w http.ResponseWriter, r *http.Request) error {
	article := r.PathValue("article")
	if !articlePattern.MatchString(article) {
		return store.ErrNotFound
	}
	record, origin, err := i.Store.Latest(r.Context(), article)
	originHeaders(w, origin)
	if err != nil {
		return err
	}
	web.Write(w, http.StatusOK, record)
	return nil
}
