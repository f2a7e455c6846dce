/**
 * A client for Almanac, an observatory of cited figures: the generated stubs of its services over
 * one channel, and the few things that stubs lack.
 */
package dev.almanac.client;
