package javax.annotation;

/** Stands for the annotation of javax.annotation-api, which Java has no more. */
public @interface Generated {
    String value();
}
