import { growList, isObject } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The events of a streamed interaction, folded into the one that comes in one piece. */
export interface InteractionFold {
  readonly body: Fields
  readonly steps: Map<number, Fields>
}

/** Starts a fold. */
export function startInteraction(): InteractionFold {
  return { body: {}, steps: new Map() }
}

/** Folds one event; events and deltas that it does not know do no harm. */
export function stepInteraction(fold: InteractionFold, event: unknown): InteractionFold {
  if (!isObject(event)) return fold
  const { body, steps } = fold
  const { event_type: type, interaction } = event
  if (isObject(interaction)) Object.assign(body, interaction)
  else if (type === 'interaction.status_update') {
    body.status = event.status
    if (isObject(event.usage)) body.usage = event.usage
  } else if (type === 'error' || event.error !== undefined) body.error = event.error
  else if (type === 'step.start' && isObject(event.step)) {
    steps.set(indexOf(event), { ...event.step })
  } else if (type === 'step.delta' && isObject(event.delta)) {
    const step = steps.get(indexOf(event))
    if (step) stepDelta(step, event.delta)
  }
  return fold
}

/** The interaction that the events add up to. */
export function finishInteraction({ body, steps }: InteractionFold): Fields {
  if (steps.size === 0) return body
  const ordered = [...steps].sort(([left], [right]) => left - right)
  return { ...body, steps: ordered.map(([, step]) => finishStep(step)) }
}

function stepDelta(step: Fields, { type, ...delta }: Fields): void {
  if (type === 'thought_summary') addContent(step, 'summary', delta.content)
  else if (type === 'thought_signature') step.signature = delta.signature
  else if (type === 'arguments_delta') {
    const before = typeof step.arguments === 'string' ? step.arguments : ''
    if (typeof delta.arguments === 'string') step.arguments = before + delta.arguments
  } else if (type === 'text_annotation_delta') annotate(step, delta.annotations)
  else if (step.type === 'model_output') addContent(step, 'content', { type, ...delta })
  else Object.assign(step, delta)
}

/** A text goes on in the text before it. */
function addContent(step: Fields, name: string, content: unknown): void {
  const list = growList(step, name, [])
  const last = list.at(-1)
  const isMore = isText(last) && isText(content)
  if (isMore) list[list.length - 1] = { ...last, ...content, text: last.text + content.text }
  else list.push(content)
}

function annotate(step: Fields, annotations: unknown): void {
  if (!Array.isArray(annotations) || !Array.isArray(step.content)) return
  const content = growList(step, 'content', [])
  const last = content.at(-1)
  if (!isObject(last)) return
  const annotated = { ...last }
  growList(annotated, 'annotations', annotations)
  content[content.length - 1] = annotated
}

/** Arguments come as pieces of JSON; what was cut off stays the text that it is. */
function finishStep(step: Fields): Fields {
  if (typeof step.arguments !== 'string') return step
  try {
    return { ...step, arguments: JSON.parse(step.arguments) }
  } catch {
    return step
  }
}

function isText(content: unknown): content is { readonly text: string } {
  return isObject(content) && content.type === 'text' && typeof content.text === 'string'
}

function indexOf({ index }: Fields): number {
  return typeof index === 'number' ? index : 0
}
