import { and, desc, eq, gt } from 'drizzle-orm';
import { integer, pgTable, QueryBuilder, text } from 'drizzle-orm/pg-core';
import { QueryBuilder as SqliteBuilder, sqliteTable, text as sqliteText } from 'drizzle-orm/sqlite-core';
import { checking, is } from '../src/claims.ts';

const users = pgTable('users', { id: integer('id').primaryKey(), name: text('name').notNull() });
const notes = sqliteTable('notes', { body: sqliteText('body') });

export const claims = {
  'builds a query for PostgreSQL with its parameters': () => {
    const query = new QueryBuilder()
      .select()
      .from(users)
      .where(and(eq(users.name, 'Ada'), gt(users.id, 3)))
      .orderBy(desc(users.id));
    return is(query.toSQL(), {
      sql: 'select "id", "name" from "users" where ("users"."name" = $1 and "users"."id" > $2) order by "users"."id" desc',
      params: ['Ada', 3],
    });
  },
  'builds a query for SQLite': () =>
    is(new SqliteBuilder().select().from(notes).limit(1).toSQL(), {
      sql: 'select "body" from "notes" limit ?',
      params: [1],
    }),
};

const handler = checking(claims);
export { handler as default };
