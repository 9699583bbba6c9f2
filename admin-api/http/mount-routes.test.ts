import assert from 'node:assert/strict';
import express from 'express';
import { mountRoutes, type RouterParts } from './mount-routes.ts';
import { definePublicRoute, type Route } from './route.ts';

const route = definePublicRoute({
  method: 'get',
  path: '/x',
  operationId: 'getX',
  tag: 'x',
  summary: 'X',
  permission: 'public',
  responses: { 200: { description: 'X.' } },
  handle: async () => ({ status: 200, json: null }),
});

describe('router', () => {
  it('does not start with a route that declares no permission', () => {
    const { permission: _forgotten, ...rest } = route;
    assert.throws(() => mountRoutes(express(), [rest as Route], {} as RouterParts), /GET \/x declares no permission/);
  });

  it('does not start with a route that is declared twice', () => {
    assert.throws(() => mountRoutes(express(), [route, route], {} as RouterParts), /GET \/x is declared twice/);
  });
});
