import { nonStreaming, type Protocol, readModerations } from '@slm-audit/core/adapter'
import { readRequest } from './read-request.ts'
import { workerModuleOf } from './worker-module.ts'

/**
 * Moderations (`POST …/moderations`): the scores of the categories are the record's confidence. Where
 * several inputs are judged, labels begin with the input's index.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/moderations`).
 */
export const openaiModerations: Protocol = {
  name: 'openai.moderations',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/moderations'),
  readRequest: (body, url) => readRequest('moderation', ['input'], body, url),
  ...nonStreaming((body) => readModerations(body)),
  workerModule: workerModuleOf(() => openaiModerations)
}
