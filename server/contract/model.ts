import * as v from 'valibot'

/** What a model is called: an alias or a full id. */
export const Model = v.pipe(
  v.string(),
  v.trim(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/[\]@-]{0,127}$/,
    'A model is a name such as "opus" or a full model id.',
  ),
)
