package io.gsonfire;

import com.google.gson.GsonBuilder;

/** Stands for the class of gson-fire, which Debian has not: without type selectors it adds nothing to Gson. */
public class GsonFireBuilder {
    public GsonBuilder createGsonBuilder() {
        return new GsonBuilder();
    }
}
