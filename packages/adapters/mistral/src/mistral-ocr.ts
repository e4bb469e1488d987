import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { readRequest } from './read-request.ts'

/** What is read, and what a model is told about it. */
const INPUTS = ['document', 'document_annotation_prompt']

/**
 * Documents as text (`POST /v1/ocr`): the pages as answered; where they were asked for, the mean scores of
 * the pages are the record's confidence.
 *
 * Source: Mistral API reference, "OCR".
 */
export const mistralOcr: Protocol = {
  name: 'mistral.ocr',
  matches: atMistral(/\/ocr$/),
  readRequest: (body, url) => readRequest('ocr', INPUTS, body, url),
  ...nonStreaming(read),
  workerModule: workerModuleOf(() => mistralOcr)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { model, usage_info: counted, ...output } = value
  const pages = Array.isArray(value.pages) ? value.pages : undefined
  const scores = (pages ?? []).flatMap(scoreOf)
  const usage = readUsage(counted)
  const error = readError(value.object === 'error' ? value : value.error)
  return {
    ...textMember('model', model),
    ...(pages && { output, details: { pages: pages.length } }),
    ...(scores.length > 0 && { scores }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

function scoreOf(page: unknown, at: number): NonNullable<CallResponse['scores']> {
  const found = isObject(page) && isObject(page.confidence_scores) ? page.confidence_scores : {}
  const { average_page_confidence_score: score } = found
  const index = isObject(page) && typeof page.index === 'number' ? page.index : at
  return typeof score === 'number' ? [{ label: `page:${index}`, score }] : []
}
