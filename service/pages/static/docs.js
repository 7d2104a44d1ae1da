// Swagger UI 4 draws OpenAPI 3.0; /openapi.json is the 3.1 document.
window.SwaggerUIBundle({
  url: new URL("../docs/openapi-3.0.json", document.currentScript.src).href,
  dom_id: "#api",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
