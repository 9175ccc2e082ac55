import { type InvalidField, invalidContent } from "../service/problem-details.js";

export interface NewUser {
  readonly name: string;
  readonly email: string;
}

export interface Registration extends NewUser {
  readonly password: string;
}

export interface User extends NewUser {
  readonly id: number;
  readonly createdAt: string;
}

/** Decides whether a text is an email address. */
export type EmailCheck = (text: string) => boolean;

/** More in one request is a job for an import, not for a request. */
export const MAX_BATCH_ROWS = 1000;

const MAX_NAME_LENGTH = 100;
const PASSWORD_LENGTH = { from: 8, to: 200 } as const;

/** @throws Problem 422 naming every bad field. */
export function readRegistration(body: unknown, isEmail: EmailCheck): Registration {
  const errors = [...invalidUserFields(body, isEmail)];
  const { password } = Object(body) as Record<string, unknown>;
  const { from, to } = PASSWORD_LENGTH;
  if (typeof password !== "string" || password.length < from || password.length > to) {
    errors.push({ field: "password", message: `must be a text of ${from} to ${to} characters` });
  }
  if (errors.length > 0) throw invalidContent("The user cannot be registered.", errors);
  const user = body as Registration;
  return { name: user.name, email: user.email.toLowerCase(), password: user.password };
}

/** @throws Problem 422 naming every bad row: wrong in itself, or twice in the batch. */
export function readBatch(body: readonly unknown[], isEmail: EmailCheck): readonly NewUser[] {
  if (body.length === 0 || body.length > MAX_BATCH_ROWS) {
    const message = `must hold 1 to ${MAX_BATCH_ROWS} users, got ${body.length}`;
    throw invalidContent("The batch has a wrong size.", [{ field: "body", message }]);
  }
  const firstRowOfEmail = new Map<string, number>();
  const errors = body.flatMap((candidate, row): readonly InvalidField[] => {
    const wrong = invalidUserFields(candidate, isEmail);
    if (wrong.length > 0) return wrong.map((error) => ({ row, ...error }));
    const email = (candidate as NewUser).email.toLowerCase();
    const first = firstRowOfEmail.get(email);
    if (first !== undefined) return [{ row, field: "email", message: `is the same as in row ${first}` }];
    firstRowOfEmail.set(email, row);
    return [];
  });
  if (errors.length > 0) throw invalidContent("No user was created: some rows are bad.", errors);
  return (body as readonly NewUser[]).map(({ name, email }) => ({ name, email: email.toLowerCase() }));
}

function invalidUserFields(candidate: unknown, isEmail: EmailCheck): readonly InvalidField[] {
  if (typeof candidate !== "object" || candidate === null || Array.isArray(candidate)) {
    return [{ field: "body", message: "must be an object with name and email" }];
  }
  const { name, email } = candidate as Record<string, unknown>;
  const errors: InvalidField[] = [];
  if (typeof name !== "string" || name.trim() === "" || name.length > MAX_NAME_LENGTH) {
    errors.push({ field: "name", message: `must be a text of 1 to ${MAX_NAME_LENGTH} characters` });
  }
  if (typeof email !== "string" || !isEmail(email)) {
    errors.push({ field: "email", message: "must be an email address" });
  }
  return errors;
}
