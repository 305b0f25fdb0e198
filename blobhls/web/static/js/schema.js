/** Shows the description of the API at `/schema`. */
/* global SwaggerUIBundle */
SwaggerUIBundle({ url: "/schema/openapi.json", dom_id: "#swagger", deepLinking: true });
