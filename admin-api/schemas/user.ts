import * as z from 'zod';
import { PERMISSIONS } from '../identity/permissions.ts';
import { ROLE_NAMES } from '../identity/roles.ts';
import { MIN_PASSWORD_LENGTH, type UserView } from '../identity/users.ts';
import { accessScope } from './access-scope.ts';
import { dateTime, text, uuid } from './common.ts';

export const roleName = z.enum(ROLE_NAMES);

const password = text(MIN_PASSWORD_LENGTH, 256);

export const userView = z
  .object({
    id: uuid,
    email: z.string(),
    role: roleName,
    scope: accessScope,
    disabled: z.boolean(),
    createdAt: dateTime,
    lastLoginAt: dateTime.nullable(),
  })
  .meta({ id: 'User' }) satisfies z.ZodType<UserView>;

export const userInput = z
  .strictObject({
    email: z.email().max(254),
    password,
    role: roleName,
    scope: accessScope.optional().meta({
      description: 'Default: everything; for partners and drivers nothing, until it is given.',
    }),
  })
  .meta({ id: 'UserInput' });

export const userChange = z
  .strictObject({
    role: roleName.optional(),
    scope: accessScope.optional(),
    disabled: z.boolean().optional(),
    password: password.optional(),
  })
  .meta({ id: 'UserChange' });

export const callerView = z
  .object({
    id: uuid,
    email: z.string(),
    role: roleName,
    scope: accessScope,
    permissions: z.array(z.enum(PERMISSIONS)),
  })
  .meta({ id: 'Caller' });
