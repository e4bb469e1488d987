import { isObject } from '@slm-audit/core/adapter'

/**
 * Puts together what a record keeps in two parts, in its header and in a content, each where it was: the members of
 * both, and of lists that were parted item by item.
 */
export function joinParts(facts: unknown, texts: unknown): unknown {
  if (texts === undefined) return facts
  if (Array.isArray(facts) && Array.isArray(texts) && facts.length === texts.length) {
    return facts.map((fact, at) => joinParts(fact, texts[at]))
  }
  if (!isObject(facts) || !isObject(texts)) return texts
  const names = new Set([...Object.keys(facts), ...Object.keys(texts)])
  return Object.fromEntries([...names].map((name) => [name, joinParts(facts[name], texts[name])]))
}
