package io.gsonfire;

/** Stands for the interface of gson-fire, which Debian has not; it is imported and not used. */
public interface TypeSelector<T> {}
