/**
 * What OCSF 1.8.0 and 1.9.0-dev say of the class and the objects that events of ours have,
 * written down from events/, objects/, profiles/ and dictionary.json of ocsf/ocsf-schema.
 * `scripts/crosscheck/ocsf.ts` compares it with a checkout of that repository.
 */
export interface ObjectRules {
  readonly required?: readonly string[]
  readonly atLeastOne?: readonly string[]
  /** By attribute: its type, `[]` behind it for a list; an object's name for an object. */
  readonly attributes: { readonly [attribute: string]: string }
}

type Rules = { readonly [object: string]: ObjectRules }

const entity = { atLeastOne: ['name', 'uid'] } as const

const common: Rules = {
  api_activity: {
    required: [
      'activity_id',
      'actor',
      'api',
      'category_uid',
      'class_uid',
      'metadata',
      'severity_id',
      'src_endpoint',
      'time',
      'type_uid'
    ],
    attributes: {
      activity_id: 'integer_t',
      activity_name: 'string_t',
      actor: 'actor',
      ai_model: 'ai_model',
      api: 'api',
      category_name: 'string_t',
      category_uid: 'integer_t',
      class_name: 'string_t',
      class_uid: 'integer_t',
      dst_endpoint: 'network_endpoint',
      duration: 'long_t',
      end_time: 'timestamp_t',
      http_response: 'http_response',
      message: 'string_t',
      message_context: 'message_context',
      metadata: 'metadata',
      severity: 'string_t',
      severity_id: 'integer_t',
      src_endpoint: 'network_endpoint',
      start_time: 'timestamp_t',
      status: 'string_t',
      status_code: 'string_t',
      status_detail: 'string_t',
      status_id: 'integer_t',
      time: 'timestamp_t',
      timezone_offset: 'integer_t',
      trace: 'trace',
      type_name: 'string_t',
      type_uid: 'long_t',
      unmapped: 'object'
    }
  },
  actor: {
    atLeastOne: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
    attributes: { app_name: 'string_t', session: 'session', user: 'user' }
  },
  ai_model: {
    required: ['ai_provider', 'name'],
    ...entity,
    attributes: { ai_provider: 'string_t', name: 'string_t', uid: 'string_t', version: 'string_t' }
  },
  api: {
    required: ['operation'],
    attributes: {
      operation: 'string_t',
      request: 'request',
      response: 'response',
      service: 'service'
    }
  },
  http_response: { required: ['code'], attributes: { code: 'integer_t' } },
  key_value_object: {
    required: ['name'],
    atLeastOne: ['value', 'values'],
    attributes: { name: 'string_t', value: 'string_t' }
  },
  message_context: {
    atLeastOne: ['application', 'service'],
    attributes: {
      ai_role_id: 'integer_t',
      completion_tokens: 'integer_t',
      prompt_tokens: 'integer_t',
      service: 'service',
      total_tokens: 'integer_t',
      uid: 'string_t'
    }
  },
  metadata: {
    required: ['product', 'version'],
    attributes: {
      correlation_uid: 'string_t',
      log_name: 'string_t',
      log_version: 'string_t',
      original_time: 'string_t',
      product: 'product',
      profiles: 'string_t[]',
      sequence: 'integer_t',
      tags: 'key_value_object[]',
      tenant_uid: 'string_t',
      uid: 'string_t',
      version: 'string_t'
    }
  },
  network_endpoint: {
    atLeastOne: [
      'ip',
      'uid',
      'name',
      'hostname',
      'svc_name',
      'instance_uid',
      'interface_uid',
      'interface_name',
      'domain'
    ],
    attributes: {
      hostname: 'hostname_t',
      ip: 'ip_t',
      name: 'string_t',
      port: 'port_t',
      svc_name: 'string_t'
    }
  },
  product: {
    ...entity,
    attributes: { name: 'string_t', vendor_name: 'string_t', version: 'string_t' }
  },
  request: { required: ['uid'], attributes: { uid: 'string_t' } },
  response: {
    attributes: { code: 'integer_t', error: 'string_t', error_message: 'string_t' }
  },
  service: { ...entity, attributes: { name: 'string_t', uid: 'string_t', version: 'string_t' } },
  session: { attributes: { uid: 'string_t' } },
  trace: { required: ['uid'], attributes: { uid: 'string_t' } },
  user: { atLeastOne: ['account', 'name', 'uid'], attributes: { uid: 'string_t' } }
}

const { actor, api_activity: activity, message_context: context } = common

/** Rules by version. */
export const ocsfRules: { readonly [version: string]: Rules } = {
  '1.8.0': common,
  '1.9.0-dev': {
    ...common,
    actor: {
      attributes: actor?.attributes ?? {},
      atLeastOne: [...(actor?.atLeastOne ?? []), 'iam_role']
    },
    api_activity: {
      ...activity,
      attributes: { ...activity?.attributes, attestation_list: 'attestation[]' }
    },
    attestation: {
      atLeastOne: ['fingerprint', 'signatures'],
      attributes: {
        authority_uid: 'string_t',
        chain_uid: 'string_t',
        fingerprint: 'fingerprint',
        uid: 'string_t'
      }
    },
    fingerprint: {
      required: ['algorithm_id', 'value'],
      attributes: {
        algorithm: 'string_t',
        algorithm_id: 'integer_t',
        encoding: 'string_t',
        encoding_id: 'integer_t',
        serialization: 'string_t',
        serialization_id: 'integer_t',
        value: 'file_hash_t'
      }
    },
    message_context: {
      ...context,
      attributes: { ...context?.attributes, prompt_text: 'string_t', response_text: 'string_t' }
    }
  }
}

/** Enumerations, the same in both versions. */
export const ocsfEnums: { readonly [attribute: string]: readonly number[] } = {
  activity_id: [0, 1, 2, 3, 4, 99],
  ai_role_id: [0, 1, 2, 3, 4, 5, 6, 99],
  algorithm_id: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 99],
  encoding_id: [0, 1, 2, 3, 99],
  serialization_id: [0, 1, 2, 3, 4, 5, 6, 7, 8, 99],
  severity_id: [0, 1, 2, 3, 4, 5, 6, 99],
  status_id: [0, 1, 2, 99]
}

/** What an event breaks, each with its path; an empty list where it keeps all rules. */
export function ocsfProblems(
  value: unknown,
  version: string,
  object = 'api_activity',
  path = ''
): string[] {
  const rules = ocsfRules[version]?.[object]
  if (!rules) return [`${path}: no object ${object}`]
  const members = value as { readonly [name: string]: unknown }
  const problems: string[] = []
  for (const name of rules.required ?? []) {
    if (members[name] === undefined) problems.push(`${path}/${name} is required`)
  }
  if (rules.atLeastOne && !rules.atLeastOne.some((name) => members[name] !== undefined)) {
    problems.push(`${path} has none of ${rules.atLeastOne.join(', ')}`)
  }
  for (const [name, member] of Object.entries(members)) {
    const type = rules.attributes[name]
    const at = `${path}/${name}`
    if (type === undefined) problems.push(`${at} is not an attribute of ${object}`)
    else if (type.endsWith('[]')) {
      const list = Array.isArray(member) ? member : []
      if (list.length === 0) problems.push(`${at} is not a list`)
      for (const item of list) problems.push(...checkValue(item, type.slice(0, -2), version, at))
    } else problems.push(...checkValue(member, type, version, at))
  }
  return problems
}

function checkValue(value: unknown, type: string, version: string, path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isRight = SCALARS[type]
  if (type === 'object') return typeof value === 'object' ? [] : [`${path} is not an object`]
  if (!isRight) return ocsfProblems(value, version, type, path)
  if (!isRight(value)) return [`${path} is not of the type ${type}: ${JSON.stringify(value)}`]
  const values = ocsfEnums[name]
  return values && !values.includes(value as number) ? [`${path} may not be ${value}`] : []
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isInteger = (value: unknown): boolean => Number.isSafeInteger(value)
const matches = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value)

/** Checks of the scalar types, with the expressions of the dictionary. */
export const SCALARS: { readonly [type: string]: (value: unknown) => boolean } = {
  string_t: isText,
  integer_t: isInteger,
  long_t: isInteger,
  timestamp_t: isInteger,
  port_t: (value) => isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  hostname_t: matches(/^([a-zA-Z0-9_-]{1,63}\.?)*$/),
  ip_t: matches(/^[\d.]+$|^[\da-fA-F:.]+$/),
  file_hash_t: matches(/^[a-zA-Z0-9]+$/)
}
