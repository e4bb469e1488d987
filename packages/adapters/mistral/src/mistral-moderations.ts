import {
  isObject,
  nonStreaming,
  type Protocol,
  readModerations,
  readScores,
  readUsage
} from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { readRequest } from './read-request.ts'

const PATH = /\/(moderations|classifications)$/

/**
 * Moderation and classification of texts and of chats (`POST /v1/moderations`, `/v1/classifications`, each
 * also below `/v1/chat`): the scores are the record's confidence.
 *
 * Source: Mistral API reference, "Classifiers".
 */
export const mistralModerations: Protocol = {
  name: 'mistral.moderations',
  matches: atMistral(PATH),
  readRequest(body, url) {
    const operation = url.pathname.endsWith('moderations') ? 'moderation' : 'text_classification'
    return readRequest(operation, ['input', 'messages'], body, url)
  },
  ...nonStreaming((value) => {
    const usage = isObject(value) ? readUsage(value.usage) : undefined
    return { ...readModerations(value, scoresOf), ...(usage && { usage }) }
  }),
  workerModule: workerModuleOf(() => mistralModerations)
}

/** Scores of categories, or of the labels of each target that a classifier has. */
function scoresOf({ category_scores: scores, ...targets }: { readonly [name: string]: unknown }) {
  if (scores !== undefined) return readScores(scores)
  return Object.entries(targets).flatMap(([target, result]) =>
    readScores(isObject(result) && result.scores).map(({ label, score }) => ({
      label: `${target}:${label}`,
      score
    }))
  )
}
