package workapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/karvan/karvan/moderation"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/server/access"
)

func (a *API) fileRoutes(api huma.API) {
	o := operation(http.MethodPost, "upload-file", "/api/v1/files", "Hand a file in: pdf, xlsx, csv, docx, png, jpg or geojson", 413, 415, 422)
	o.DefaultStatus = http.StatusCreated
	o.MaxBodyBytes, o.BodyReadTimeout, o.SkipValidateBody = moderation.MaxFile, 2*time.Minute, true
	forSignedIn(api, o, func(ctx context.Context, who policy.Principal, in *struct {
		Name    string `query:"name" required:"true" maxLength:"200"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*answerOf[moderation.File], error) {
		f, err := a.Upload(ctx, who, in.Name, in.RawBody)
		if errors.Is(err, moderation.ErrType) {
			return nil, huma.Error415UnsupportedMediaType(err.Error())
		}
		if err != nil {
			return nil, err
		}
		return forOne(*f), nil
	})
	api.OpenAPI().Paths[o.Path].Post.RequestBody.Content["application/octet-stream"].Schema = &huma.Schema{Description: "The file as it is"}
}

// ServeFile answers with a file, to be kept and never shown: it runs nothing here.
func (a *API) ServeFile(w http.ResponseWriter, r *http.Request, problem func(http.ResponseWriter, int, string)) {
	f, err := a.File(r.Context(), access.Of(r.Context()), r.PathValue("sha256"))
	if err != nil {
		var status huma.StatusError
		if errors.As(failed(r.Context(), err), &status) {
			problem(w, status.GetStatus(), status.Error())
		}
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+f.SHA256+`"`)
	w.Write(f.Content)
}
