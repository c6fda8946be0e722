package services

import (
	"encoding/json"
	"net/http"

	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/web"
)

// payment writes payments down. It asks no provider: every payment succeeds.
type payment struct{ Dependencies }

type newPayment struct {
	// Reference is what is paid for.
	Reference string `json:"reference"`
	// AmountIDR is the amount in rupiah.
	AmountIDR int64 `json:"amount_idr"`
}

func (p payment) routes() []web.Route {
	return []web.Route{
		{Path: "/payments", Methods: map[string]http.Handler{"GET": p.handle(p.list), "POST": p.handle(p.create)}},
		{Path: "/payments/{id}", Methods: map[string]http.Handler{"GET": p.handle(p.get)}},
	}
}

func (p payment) create(w http.ResponseWriter, r *http.Request) error {
	var asked newPayment
	if err := web.Decode(r, &asked); err != nil {
		return err
	}
	if !articlePattern.MatchString(asked.Reference) {
		return web.Invalid("reference must be 1 to 64 letters, digits, dots, dashes or underscores")
	}
	if asked.AmountIDR < 1 || asked.AmountIDR > amountMost {
		return web.Invalid(amountRule)
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	return p.add(w, r, store.NewRecord{Subject: asked.Reference, Body: body, Key: key})
}
