// Fields that complete names ask by POST; Django wants its token with that.
django.jQuery(document).on("ajaxSend", (event, request, options) => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (token && options.type === "POST") request.setRequestHeader("X-CSRFToken", token.value);
});
