/** Programs that are looked for in the working folder, the first that is there. */
export const PROGRAMS = ['ts', 'mts', 'js', 'mjs'].map((ending) => `slm-audit.config.${ending}`)
