package services

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"nusantara/images/service/internal/store"
	"nusantara/images/service/internal/upstream"
	"nusantara/images/service/internal/web"
)

// order takes orders: it looks into the inventory, asks for the payment and writes.
type order struct {
	Dependencies
	inventory, payment *upstream.Client
}

// customer is personal data: logs show name and address masked.
type customer struct {
	Username string `json:"username"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
}

type newOrder struct {
	Article  string `json:"article"`
	Quantity int    `json:"quantity"`
	// AmountIDR is the price in rupiah.
	AmountIDR int64    `json:"amount_idr"`
	Customer  customer `json:"customer"`
}

func (o order) routes() []web.Route {
	return []web.Route{
		{Path: "/orders", Methods: map[string]http.Handler{"GET": o.handle(o.list), "POST": o.handle(o.create)}},
		{Path: "/orders/{id}", Methods: map[string]http.Handler{"GET": o.handle(o.get)}},
	}
}

func (o order) create(w http.ResponseWriter, r *http.Request) error {
	var wanted newOrder
	if err := web.Decode(r, &wanted); err != nil {
		return err
	}
	switch {
	case !articlePattern.MatchString(wanted.Article):
		return web.Invalid(articleRule)
	case wanted.Quantity < 1 || wanted.Quantity > quantityMost:
		return web.Invalid(quantityRule)
	case wanted.AmountIDR < 1 || wanted.AmountIDR > amountMost:
		return web.Invalid(amountRule)
	}
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if err := o.inStock(r, wanted); err != nil {
		return err
	}
	paid, err := o.pay(r, wanted, key)
	if err != nil {
		return err
	}
	asked, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	body, err := json.Marshal(struct {
		newOrder
		PaymentID string `json:"payment_id"`
	}{wanted, paid})
	if err != nil {
		return err
	}
	if err := o.add(w, r, store.NewRecord{Subject: wanted.Article, Body: body, Key: key, Request: asked}); err != nil {
		return err
	}
	o.Log.InfoContext(r.Context(), "order written", "article", wanted.Article, "username", wanted.Customer.Username,
		"customer_name", wanted.Customer.Name, "customer_email", wanted.Customer.Email)
	return nil
}

func (o order) inStock(r *http.Request, wanted newOrder) error {
	var stock struct {
		Body struct {
			Quantity int `json:"quantity"`
		} `json:"body"`
	}
	err := o.inventory.Call(r.Context(), http.MethodGet, "/inventory/"+url.PathEscape(wanted.Article), "", nil, &stock)
	var status *upstream.StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return &web.Error{Status: http.StatusConflict, Code: "not_in_stock", Message: "there is no such article in stock"}
	}
	if err != nil {
		return upstreamFailed("inventory", err)
	}
	if stock.Body.Quantity < wanted.Quantity {
		return &web.Error{Status: http.StatusConflict, Code: "not_in_stock", Message: "there is not enough of it in stock"}
	}
	return nil
}

// pay gives the id of the payment. Its key follows from that of the order: an order that is repeated is paid once.
func (o order) pay(r *http.Request, wanted newOrder, key string) (string, error) {
	if key != "" {
		key = "order:" + key
	}
	var payment store.Record
	asked := newPayment{Reference: wanted.Article, AmountIDR: wanted.AmountIDR}
	if err := o.payment.Call(r.Context(), http.MethodPost, "/payments", key, asked, &payment); err != nil {
		return "", upstreamFailed("payment", err)
	}
	return payment.ID, nil
}

// upstreamFailed says that the order was not written because something before it failed.
func upstreamFailed(name string, err error) error {
	failure := describe(err)
	if failure.Status == web.StatusClientClosed {
		return failure
	}
	var status *upstream.StatusError
	if errors.As(err, &status) && status.Status == http.StatusUnprocessableEntity {
		return &web.Error{Status: status.Status, Code: status.Code, Message: store.ErrKeyReused.Error(), Cause: err}
	}
	return &web.Error{Status: http.StatusServiceUnavailable, Code: name + "_unavailable",
		Message: "the " + name + " service can't help now", Outcome: string(store.NotWritten), RetryAfter: 1, Cause: err}
}
